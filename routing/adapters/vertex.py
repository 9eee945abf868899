"""Vertex AI's generateContent: Gemini's own format, with a bearer token and calls without ids.

`base_url` ends before `/models/`: `https://L-aiplatform.googleapis.com/v1/projects/P/locations/L/publishers/google`.
The worker makes the token, where the credential is the key of a service account (`lane/google_token.py`).
"""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import Adapter, PreparedRequest, Target
from routing.adapters.gemini import Gemini, prepared
from routing.adapters.gemini_request import translate

QUIRKS = {"api_key": "takes an API key as `x-goog-api-key` (express mode)"}


class Vertex(Gemini):
    """The dialect `vertex`. It answers, streams and fails as Gemini does."""

    name = "vertex"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target)
        _match_by_order(body["contents"])
        return prepared(target, body, unsupported, stream=stream, bearer=by_bearer(target))


def by_bearer(target: Target) -> bool:
    return "api_key" not in target.quirks


def _match_by_order(contents: list[dict[str, Any]]) -> None:
    """Takes out the ids of calls and results, in place: Vertex AI refuses a request that has them.

    What an id would have matched, the order of the results does.
    """
    called: dict[str, int] = {}
    for content in contents:
        parts = content["parts"]
        if parts and all("functionResponse" in part for part in parts):
            parts.sort(key=lambda part: called.get(part["functionResponse"]["id"], len(called)))
        for part in parts:
            if "functionCall" in part:
                called[part["functionCall"].pop("id")] = len(called)
            elif "functionResponse" in part:
                del part["functionResponse"]["id"]


DIALECT: Adapter = Vertex()
