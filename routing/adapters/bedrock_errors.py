"""Bedrock's errors: `{"message": …}` with the exception's name in a header, or as a frame of a stream."""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import ProviderError
from routing.adapters.failures import failure, stream_cut, unreadable
from routing.adapters.openai_errors import error_from as openai_error_from

TYPE_HEADER = "x-amzn-errortype"
# AWS's name → the code of failures.py that means the same.
_MEANINGS = {
    "ThrottlingException": "rate_limit_error",
    "TooManyRequestsException": "rate_limit_error",
    "ServiceQuotaExceededException": "insufficient_quota",
    "AccessDeniedException": "permission_error",
    "ExpiredTokenException": "authentication_error",
    "IncompleteSignatureException": "authentication_error",
    "InvalidClientTokenId": "authentication_error",
    "InvalidSignatureException": "authentication_error",
    "MissingAuthenticationTokenException": "authentication_error",
    "UnrecognizedClientException": "authentication_error",
    "ResourceNotFoundException": "not_found_error",
    "ModelTimeoutException": "timeout_error",
    "InternalServerException": "overloaded_error",
    "ModelErrorException": "overloaded_error",
    "ModelNotReadyException": "overloaded_error",
    "ModelStreamErrorException": "overloaded_error",
    "ServiceUnavailableException": "overloaded_error",
    "ValidationException": "invalid_request_error",
}


def parse_error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    try:
        value = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return unreadable(status, headers, body)
    return error_from(status, headers, value) or unreadable(status, headers, body)


def error_from(status: int, headers: Mapping[str, str], value: Any) -> ProviderError | None:
    """The error that `value` holds, or None where neither it nor the headers hold one."""
    said = value if isinstance(value, dict) else {}
    name = headers.get(TYPE_HEADER) or str(said.get("__type") or "")
    message = said.get("message") or said.get("Message")
    if "error" in said or not (name or isinstance(message, str)):
        return openai_error_from(status, headers, value)  # a gateway's own
    return named_error(status, headers, name, str(message or ""))


def named_error(status: int, headers: Mapping[str, str], name: str, message: str) -> ProviderError:
    """`name` as AWS writes it: `ThrottlingException:http://…`, `com.amazon#ThrottlingException`, or in a
    frame `throttlingException`."""
    name = name.partition(":")[0].rpartition("#")[2]
    name = name[:1].upper() + name[1:]
    return failure(status, headers, message, codes=(name, _MEANINGS.get(name, "")))


def stream_without_end(stray: bytes, *, begun: bool) -> ProviderError:
    """What a body without its end says of itself; once an answer has `begun`, it can only be a cut."""
    return stream_cut() if begun or not stray else parse_error(200, {}, stray)
