"""A whole answer of 2xx: what every dialect does around its own reading of it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from routing.adapters.contract import Completion, ProviderError
from routing.adapters.failures import request_id, unreadable

_decode = msgspec.json.Decoder().decode
_UNREADABLE = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    KeyError,
    TypeError,
    AttributeError,
    ValueError,
)

IsAnswer = Callable[[dict[str, Any]], bool]
Read = Callable[[dict[str, Any], str], Completion]
ErrorFrom = Callable[[int, Mapping[str, str], Any], ProviderError | None]


def read_whole(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    is_answer: IsAnswer,
    read: Read,
    error_from: ErrorFrom,
) -> Completion:
    """What `read` makes of the body.

    Raises ProviderError: what `error_from` finds in a body that is no answer, or that it can't be read.
    """
    try:
        answer = _decode(body)
        if not isinstance(answer, dict) or not is_answer(answer):
            raise error_from(status, headers, answer) or unreadable(status, headers, body)
        return read(answer, request_id(headers))
    except _UNREADABLE:
        raise unreadable(status, headers, body) from None
