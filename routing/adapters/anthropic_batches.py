"""Anthropic's Message Batches: lines go with the batch, and it keeps no mark of ours.

So one whose creation was never told can't be found again: what is not known to have been created is charged
at its worst case, and not sent again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from routing.adapters.anthropic_endpoint import headers_for, url_of
from routing.adapters.batch_contract import Answered, Line, Standing
from routing.adapters.contract import PreparedRequest, Target
from routing.adapters.counts import word
from routing.adapters.failures import unreadable
from routing.adapters.openai_errors import parse_error
from routing.core.operations import CHAT

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_STATUS = {  # of an error's type, as it has alone
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_NEVER_RUN = {"expired": "batch_expired", "canceled": "batch_cancelled"}


class AnthropicBatches:
    def worded(self, body: bytes) -> bytes:
        return body

    def upload(self, lines: Sequence[Line], target: Target, *, mark: str) -> PreparedRequest | None:
        return None

    def uploaded(self, status: int, headers: Mapping[str, str], body: bytes) -> str:
        return ""

    def create(self, lines: Sequence[Line], target: Target, *, file: str, mark: str) -> PreparedRequest:
        asked = [{"custom_id": line.custom_id, "params": msgspec.Raw(line.body)} for line in lines]
        return _asked("POST", target, "", _encode({"requests": asked}))

    def standing(self, status: int, headers: Mapping[str, str], body: bytes) -> Standing:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        try:
            value = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise unreadable(status, headers, body) from None
        name = word(value.get("id")) if isinstance(value, dict) else ""
        if not name.replace("_", "").isalnum():
            raise unreadable(status, headers, body)
        state = word(value.get("processing_status"))
        has_ended = state == "ended"
        return Standing(name, state, has_ended, files=(name,) if has_ended else ())

    def look(self, target: Target, batch: str) -> PreparedRequest:
        return _asked("GET", target, f"/{batch}")

    def cancel(self, target: Target, batch: str) -> PreparedRequest:
        return _asked("POST", target, f"/{batch}/cancel")

    def listing(self, target: Target) -> PreparedRequest | None:
        return None

    def marked(self, status: int, headers: Mapping[str, str], body: bytes, *, mark: str) -> Standing | None:
        return None

    def results(self, target: Target, standing: Standing) -> tuple[PreparedRequest, ...]:
        """By the batch's own path, wherever `results_url` points."""
        return tuple(_asked("GET", target, f"/{batch}/results") for batch in standing.files)

    def answered(self, line: bytes) -> Answered:
        value = _decode(line)
        result = value.get("result") if isinstance(value, dict) else None
        if not isinstance(result, dict) or not isinstance(value.get("custom_id"), str):
            raise ValueError("no answer of a line")
        custom_id, kind = value["custom_id"], result.get("type")
        if kind == "succeeded":
            return Answered(custom_id, 200, _encode(result.get("message")))
        told = result.get("error")
        return Answered(custom_id, _status_of(told), _encode(told), code=_NEVER_RUN.get(word(kind), ""))

    def forget(self, target: Target, *, file: str, standing: Standing) -> tuple[PreparedRequest, ...]:
        return (_asked("DELETE", target, f"/{standing.batch}"),)


def _status_of(told: Any) -> int:
    """500 where nothing is known of it."""
    error = told.get("error") if isinstance(told, dict) else None
    return _STATUS.get(word(error.get("type")), 500) if isinstance(error, dict) else 500


def _asked(method: str, target: Target, path: str, body: bytes = b"") -> PreparedRequest:
    return PreparedRequest(method, f"{url_of(target.base_url)}/batches{path}", headers_for(target), body)


BATCHES = {CHAT: AnthropicBatches()}
