"""Google's errors: {"error": {code, message, status, details}}, alone or as the first of an array."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import ProviderError
from routing.adapters.failures import failure, unreadable
from routing.adapters.limits import bounded_wait

_REASONS = {"API_KEY_INVALID": "invalid_api_key", "API_KEY_EXPIRED": "invalid_api_key"}


def parse_error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return unreadable(status, headers, body)
    return error_from(status, headers, value) or unreadable(status, headers, body)


def error_from(status: int, headers: Mapping[str, str], value: Any) -> ProviderError | None:
    """The error that `value` holds, if it holds one. Under a good status the code inside counts."""
    if isinstance(value, list) and value:
        value = value[0]
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    if status < 300 and isinstance(code, int) and 300 <= code < 600:
        status = code
    said = error.get("details")
    details = [detail for detail in said if isinstance(detail, dict)] if isinstance(said, list) else []
    reasons = [str(detail.get("reason", "")) for detail in details]
    codes = [_REASONS[reason] for reason in reasons if reason in _REASONS] + [str(error.get("status") or "")]
    return failure(
        status,
        headers,
        str(error.get("message") or ""),
        codes=tuple(codes),
        retry_after_s=_retry_delay(details),
    )


def _retry_delay(details: list[dict[str, Any]]) -> float | None:
    """Google's RetryInfo: `retryDelay` in seconds, as "35s" or "0.5s"."""
    for detail in details:
        delay = str(detail.get("retryDelay", ""))
        if delay.endswith("s"):
            try:
                return bounded_wait(float(delay[:-1]))
            except ValueError:
                return None
    return None
