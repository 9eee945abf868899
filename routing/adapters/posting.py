"""A request as most endpoints take it: JSON that is posted, with the credential as a bearer token."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

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


@lru_cache(maxsize=1024)
def in_path(upstream_id: str) -> str:
    """A model's id as one step of a URL's path."""
    return quote(upstream_id, safe="")
