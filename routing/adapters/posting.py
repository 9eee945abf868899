"""A request as most endpoints take it: JSON that is posted, with the credential as a bearer token."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import PreparedRequest, Target


def posted(
    target: Target,
    url: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    *,
    accept: str = "application/json",
) -> PreparedRequest:
    """Without a credential no header is sent for it: a machine of one's own asks for none."""
    headers = {"content-type": "application/json", "accept": accept}
    if target.api_key:
        headers["authorization"] = f"Bearer {target.api_key}"
    return PreparedRequest("POST", url, headers, msgspec.json.encode(body), unsupported)
