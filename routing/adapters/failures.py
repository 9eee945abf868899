"""From a provider's HTTP status, headers and words to a ProviderError: the part that dialects share."""

from collections.abc import Mapping

from routing.adapters.contract import ProviderError
from routing.adapters.counts import word
from routing.adapters.limits import bounded_wait, number, until, until_reset

_WAIT_HEADERS = (("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0), ("retry-after", 1.0))
_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-amzn-requestid",
    "x-debug-trace-id",  # Cohere
    "mistral-correlation-id",
    "cf-ray",
)
_BY_STATUS: dict[int, tuple[str, bool]] = {
    400: ("invalid_request", False),
    401: ("authentication", False),
    402: ("rate_limit", False),  # out of credit: waiting does not help, another deployment may
    403: ("authentication", False),
    404: ("not_found", False),
    408: ("timeout", True),
    409: ("error", True),
    410: ("not_found", False),
    413: ("context_overflow", False),
    425: ("error", True),
    429: ("rate_limit", True),
    498: ("rate_limit", True),  # Groq: capacity of the flexible tier exceeded
    501: ("error", False),
    504: ("timeout", True),
    505: ("error", False),
    524: ("timeout", True),
}
_BY_CODE: dict[str, tuple[str, bool]] = {
    "context_length_exceeded": ("context_overflow", False),
    "exceed_context_size_error": ("context_overflow", False),  # llama.cpp
    "string_above_max_length": ("context_overflow", False),
    "request_too_large": ("context_overflow", False),
    "content_filter": ("content_filter", False),
    "content_policy_violation": ("content_filter", False),
    "moderation_blocked": ("content_filter", False),
    "image_content_policy_violation": ("content_filter", False),
    "invalid_prompt": ("invalid_request", False),
    "insufficient_quota": ("rate_limit", False),
    "billing_not_active": ("rate_limit", False),
    "billing_error": ("rate_limit", False),
    "rate_limit_exceeded": ("rate_limit", True),
    "rate_limit_error": ("rate_limit", True),
    "invalid_api_key": ("authentication", False),
    "authentication_error": ("authentication", False),
    "permission_error": ("authentication", False),
    "model_not_found": ("not_found", False),
    "not_found_error": ("not_found", False),
    "unsupported_parameter": ("unsupported", False),
    "unsupported_value": ("unsupported", False),
    "overloaded_error": ("error", True),
    "timeout_error": ("timeout", True),
}
# Said of much, so the status says more, where there is one that is bad.
_BY_VAGUE_CODE: dict[str, tuple[str, bool]] = {
    "invalid_request_error": ("invalid_request", False),
    "api_error": ("error", True),
    "server_error": ("error", True),
}
_OVERFLOW_WORDS = (
    "maximum context length",
    "context length",
    "context window",
    "context size",
    "context limit",
    "prompt is too long",
    "input token count",
    "input is too long",
    "too many tokens",
    "input tokens exceeded",
    "exceeds the maximum number of tokens",
    "reduce the length of the messages",
)
_FILTER_WORDS = ("content management policy", "content policy", "safety system")


def failure(
    status: int,
    headers: Mapping[str, str],
    message: str,
    *,
    codes: tuple[str, ...] = (),
    retry_after_s: float | None = None,
) -> ProviderError:
    """The error for what a provider said. `codes` are its own, the most telling first.

    A known code says more than the status; the status more than the words, save that an invalid request is
    searched for the words of a context overflow and of a filter, which few providers give a code.
    """
    kind, retryable = _ruling(status, codes)
    if kind == "invalid_request":
        kind = _from_words(message.lower())
    should_retry = headers.get("x-should-retry")
    if should_retry in ("true", "false"):
        retryable = should_retry == "true"
    return ProviderError(
        message or f"The provider answered {status} and gave no reason.",
        kind=kind,
        retryable=retryable,
        status=status,
        code=next((code for code in codes if code), ""),
        retry_after_s=retry_after_s if retry_after_s is not None else retry_after(headers),
        request_id=request_id(headers),
    )


def _ruling(status: int, codes: tuple[str, ...]) -> tuple[str, bool]:
    known = _BY_CODE if status >= 300 else {**_BY_CODE, **_BY_VAGUE_CODE}
    return next((known[code] for code in codes if code in known), _by_status(status))


def _by_status(status: int) -> tuple[str, bool]:
    known = _BY_STATUS.get(status)
    if known:
        return known
    if 300 <= status < 400:
        return ("error", False)  # a redirect is never followed: a credential stays with its host
    return ("invalid_request", False) if 400 <= status < 500 else ("error", True)


def _from_words(message: str) -> str:
    if any(words in message for words in _OVERFLOW_WORDS):
        return "context_overflow"
    return "content_filter" if any(words in message for words in _FILTER_WORDS) else "invalid_request"


def unreadable(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The error for a body that is not the dialect's JSON: HTML of a proxy, half an answer, nothing."""
    content_type = headers.get("content-type", "no content type")[:100]
    what = f"{len(body)} bytes that can't be read ({content_type})" if body else "an empty body"
    message = f"The provider answered {status} with {what}."
    if status >= 300:
        return failure(status, headers, message)
    return ProviderError(message, kind="error", retryable=True, status=status, request_id=request_id(headers))


def stream_cut() -> ProviderError:
    return ProviderError("The provider's stream ended before its end.", kind="stream_cut", retryable=True)


def garbled(what: str = "something that can't be read") -> ProviderError:
    return ProviderError(f"The provider's stream holds {what}.", kind="error", retryable=True)


def request_id(headers: Mapping[str, str]) -> str:
    """The provider's name for the exchange, which its support asks for."""
    for name in _ID_HEADERS:
        if name in headers:
            return word(headers[name])
    return ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: what `retry-after-ms` or `retry-after` says (a number, or a date), or else
    the time until a limit that is used up is reset.

    A date is measured from the response's own `date`, so that neither clock matters; without one it is not
    known. Names are in lower case.
    """
    for name, per_second in _WAIT_HEADERS:
        value = headers.get(name)
        if value is None:
            continue
        seconds = number(value)
        if seconds is not None:
            return bounded_wait(seconds / per_second)
        if name == "retry-after":
            return until(value, headers.get("date"))
    return until_reset(headers)
