"""Amazon Bedrock's Converse and ConverseStream, which speak to every model behind it in one format.

`base_url` is `https://bedrock-runtime.REGION.amazonaws.com`; the model's id, its inference profile or the ARN
of either goes into the path. The credential is an API key of Bedrock's; with the quirk `sigv4` an access
key, with which the worker signs each request as it leaves.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from routing.adapters.bedrock_answer import completion
from routing.adapters.bedrock_errors import error_from, parse_error
from routing.adapters.bedrock_request import translate
from routing.adapters.bedrock_stream import BedrockStream
from routing.adapters.contract import (
    Adapter,
    Completion,
    PreparedRequest,
    ProviderError,
    Signing,
    StreamParser,
    Target,
)
from routing.adapters.event_stream import CONTENT_TYPE
from routing.adapters.posting import in_path
from routing.adapters.whole import read_whole

QUIRKS = {
    "sigv4": "takes an access key, and signs each request with it (needs the extra `bedrock`)",
    "claude": "is a Claude under an ARN that does not say so",
    "thinking_budget": "thinks by a budget of tokens (before Claude 4.6)",
    "no_structured_outputs": "has no `outputConfig.textFormat`",
    "no_sampling": "refuses temperature and top_p (Claude 4.7 and later)",
}
SIGV4 = "sigv4"
SERVICE = "bedrock"
# bedrock-runtime.eu-west-1.amazonaws.com, and the same behind a private link.
_REGION = re.compile(r"(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\.")


class Bedrock:
    """The dialect `bedrock`."""

    name = "bedrock"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target)
        method, accept = ("converse-stream", CONTENT_TYPE) if stream else ("converse", "application/json")
        return asked(target, method, body, unsupported, accept=accept)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        return read_whole(
            status,
            headers,
            body,
            is_answer=lambda answer: "output" in answer,
            read=completion,
            error_from=error_from,
        )

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return BedrockStream()


def asked(
    target: Target,
    method: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    *,
    accept: str = "application/json",
) -> PreparedRequest:
    headers = {"content-type": "application/json", "accept": accept}
    signing = None
    if SIGV4 in target.quirks:
        signing = Signing(SIGV4, SERVICE, region_of(target.base_url), target.api_key)
    elif target.api_key:
        headers["authorization"] = f"Bearer {target.api_key}"
    url = f"{target.base_url.rstrip('/')}/model/{in_path(target.upstream_id)}/{method}"
    return PreparedRequest("POST", url, headers, msgspec.json.encode(body), unsupported, signing)


def region_of(base_url: str) -> str:
    """The region in Bedrock's own host name; "" where it has another (a gateway, a private link's alias)."""
    found = _REGION.search(urlsplit(base_url).hostname or "")
    return found.group(1) if found else ""


DIALECT: Adapter = Bedrock()
