"""Errors in OpenAI's dialect: `{"error": {message, type, param, code}}`, and what else is sent for one."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import ProviderError
from routing.adapters.failures import failure, garbled, stream_cut, unreadable

FAILED = "error"  # as a reason to finish


def parse_error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return unreadable(status, headers, body)
    return error_from(status, headers, value) or unreadable(status, headers, body)


def error_from(status: int, headers: Mapping[str, str], value: Any) -> ProviderError | None:
    """The error that `value` holds, or None where it holds none.

    Under a good status the code inside counts, where it is a number: gateways report an upstream's 429 so.
    """
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    error = value.get("error") or value
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, dict):
        return None
    message = error.get("message") or error.get("detail") or error.get("msg")
    if message is None and error is value:
        return None
    code = error.get("code")
    kind = error.get("type")
    said = str(code)
    if status < 300 and said.isdecimal() and len(said) == 3 and said[0] in "345":
        status = int(said)
    codes = tuple(str(part) for part in (code, _inner_code(error), kind) if part is not None)
    return failure(status, headers, _with_upstream(_text(message), error), codes=codes)


def _inner_code(error: dict[str, Any]) -> Any:
    """A filter's refusal: Azure says so in `innererror.code`, OpenRouter by the reasons of its moderation."""
    inner = error.get("innererror")
    if isinstance(inner, dict) and inner.get("code") == "ResponsibleAIPolicyViolation":
        return "content_filter"
    metadata = error.get("metadata")
    if isinstance(metadata, dict) and metadata.get("reasons") and "flagged_input" in metadata:
        return "content_filter"
    return None


def _with_upstream(message: str, error: dict[str, Any]) -> str:
    """OpenRouter's message says little; what the provider behind it said is in `metadata.raw`."""
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{message}: {_text(raw)}" if raw and message else message


def choice_error(choice: dict[str, Any]) -> ProviderError:
    """A gateway's choice that failed in the middle (`finish_reason: error`): never an answer."""
    error = error_from(200, {}, {"error": choice.get("error")}) if choice.get("error") else None
    return error or garbled("an answer that failed, without a reason")


def _text(message: Any) -> str:
    if isinstance(message, str):
        return message
    return msgspec.json.encode(message).decode() if message is not None else ""


def stream_without_end(stray: bytes, *, begun: bool) -> ProviderError:
    """What a body without its end says of itself: an error in plain JSON, a page of HTML, or a cut.

    `stray` is what came outside of any event; once an answer has `begun`, it can only be a cut.
    """
    return stream_cut() if begun or not stray else parse_error(200, {}, stray)
