"""Gemini's stream: steps as server-sent events, or as one JSON array, as they come where `alt=sse` was
lost on the way."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from routing.adapters.contract import MAX_RESPONSE_BYTES, Delta, ProviderError
from routing.adapters.failures import garbled, stream_cut
from routing.adapters.gemini_answer import Candidates
from routing.adapters.gemini_errors import error_from, parse_error
from routing.adapters.sse import ServerEvent, SseDecoder

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
UNREADABLE = (KeyError, TypeError, AttributeError, ValueError)
_decode = msgspec.json.Decoder().decode


def read_step(
    candidates: Candidates, step: Any, status: int, headers: Mapping[str, str]
) -> list[dict[str, Any]]:
    error = error_from(status, headers, step) if "error" in step else None
    if error:
        raise error
    return candidates.step(step)


class GeminiStream:
    """A StreamParser. Gemini marks no end of its own: the end is that of the body, once every candidate that
    began has its finish reason. That is told there too: a candidate may go on after one."""

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._array = _Array()
        self._candidates = Candidates()
        self._reasons: dict[int, str] = {}

    @property
    def begun(self) -> bool:
        return bool(self._candidates.open)

    def feed(self, data: bytes) -> list[Delta]:
        if self._array.takes(data):
            return []
        return self._read(self._sse.feed(data))

    def close(self) -> list[Delta]:
        steps = self._array.steps()
        deltas = self._read(self._sse.close()) if steps is None else self._deltas(steps)
        seen = self._candidates
        if not seen.finished:
            raise self._failure()
        ends = tuple(_end(index, reason) for index, reason in sorted(self._reasons.items()))
        return [
            *deltas,
            Delta(ends, None, seen.model, seen.response_id),
            Delta((), seen.usage, seen.model, seen.response_id, None, True),
        ]

    def _failure(self) -> ProviderError:
        stray = self._sse.stray
        return stream_cut() if self._candidates.open or not stray else parse_error(200, {}, stray)

    def _read(self, events: list[ServerEvent]) -> list[Delta]:
        try:
            return self._deltas(_decode(event.data) for event in events if event.data)
        except UNDECODABLE:
            raise garbled() from None

    def _deltas(self, steps: Iterable[Any]) -> list[Delta]:
        deltas: list[Delta] = []
        for step in steps:
            try:
                choices = read_step(self._candidates, step, 200, {})
            except UNREADABLE:
                raise garbled("a step that can't be read") from None
            told = tuple(choice for choice in choices if self._says(choice))
            if told:
                deltas.append(Delta(told, None, self._candidates.model, self._candidates.response_id))
        return deltas

    def _says(self, choice: dict[str, Any]) -> bool:
        """Whether a choice has more than its finish reason, which is kept for the end, in place."""
        if choice["finish_reason"]:
            self._reasons[choice["index"]] = choice["finish_reason"]
            choice["finish_reason"] = None
        return bool(choice["delta"] or choice["logprobs"])


def _end(index: int, reason: str) -> dict[str, Any]:
    return {"index": index, "delta": {}, "logprobs": None, "finish_reason": reason}


class _Array:
    """A body that begins as a JSON array: it is kept whole, and read at its end."""

    def __init__(self) -> None:
        self._pieces: list[bytes] | None = None
        self._begun = False
        self._size_bytes = 0

    def takes(self, data: bytes) -> bool:
        if not self._begun:
            first = data.lstrip()[:1]
            self._begun = bool(first)
            self._pieces = [] if first == b"[" else None
        if self._pieces is None:
            return False
        self._size_bytes += len(data)
        if self._size_bytes > MAX_RESPONSE_BYTES:
            raise ProviderError("The provider's stream is too long.", kind="error", retryable=False)
        self._pieces.append(data)
        return True

    def steps(self) -> list[Any] | None:
        """None where the body was no array. Raises ProviderError where it is not whole."""
        if self._pieces is None:
            return None
        body = b"".join(self._pieces)
        try:
            steps = _decode(body)
        except UNDECODABLE:
            raise parse_error(200, {}, body) from None
        return steps if isinstance(steps, list) else None
