"""Ollama's own chat, `/api/chat`: on a machine of one's own, or at ollama.com with a key.

Its `/v1` speaks the dialect `openai`, but knows neither `think` nor `format` in full, and cuts a long
conversation without a word.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from routing.adapters.contract import (
    Adapter,
    Completion,
    Delta,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
)
from routing.adapters.failures import garbled, request_id, stream_cut, unreadable
from routing.adapters.ndjson import LineDecoder
from routing.adapters.ollama_answer import Answer, whole
from routing.adapters.ollama_request import translate
from routing.adapters.openai_errors import error_from, parse_error
from routing.adapters.posting import posted

QUIRKS: dict[str, str] = {}
_decode = msgspec.json.Decoder().decode
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_UNREADABLE = (KeyError, TypeError, AttributeError, ValueError)


class Ollama:
    """The dialect `ollama`."""

    name = "ollama"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target, stream=stream)
        return asked(target, "chat", body, unsupported, stream=stream)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise parse_error(status, headers, body)
        read = Answer()
        try:
            answer = _decode(body)
            if not isinstance(answer, dict) or "error" in answer or "message" not in answer:
                raise error_from(status, headers, answer) or unreadable(status, headers, body)
            choice = whole(read.step(answer))
        except (*_UNDECODABLE, *_UNREADABLE):
            raise unreadable(status, headers, body) from None
        if not read.done:
            raise unreadable(status, headers, body)
        return Completion((choice,), read.usage, read.model, request_id=request_id(headers))

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return parse_error(status, headers, body)

    def stream(self) -> StreamParser:
        return OllamaStream()


class OllamaStream:
    """A StreamParser. The end is the line that says `done`; an error is a line of its own."""

    def __init__(self) -> None:
        self._lines = LineDecoder()
        self._answer = Answer()

    @property
    def begun(self) -> bool:
        return self._answer.begun

    def feed(self, data: bytes) -> list[Delta]:
        return self._read(self._lines.feed(data))

    def close(self) -> list[Delta]:
        deltas = self._read(self._lines.close(), at_end=True)
        if not self._answer.done:
            raise stream_cut()
        return deltas

    def _read(self, lines: list[bytes], *, at_end: bool = False) -> list[Delta]:
        deltas: list[Delta] = []
        for line in lines:
            if self._answer.done:
                break
            try:
                choice = self._choice(_decode(line))
            except _UNDECODABLE:
                raise self._broken(line, at_end) from None
            except _UNREADABLE:
                raise garbled("a line that can't be read") from None
            deltas.append(Delta((choice,), None, self._answer.model))
            if self._answer.done:
                deltas.append(Delta((), self._answer.usage, self._answer.model, done=True))
        return deltas

    def _choice(self, line: Any) -> dict[str, Any]:
        if not isinstance(line, dict) or "error" in line:
            raise error_from(200, {}, line) or garbled()
        return self._answer.step(line)

    def _broken(self, line: bytes, at_end: bool) -> ProviderError:
        """Before the first word, a page of something else; in the last line, half of one."""
        if not self._answer.begun:
            return parse_error(200, {}, line)
        return stream_cut() if at_end else garbled()


def asked(
    target: Target,
    method: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    *,
    stream: bool = False,
) -> PreparedRequest:
    url = target.base_url.rstrip("/").removesuffix("/api") + f"/api/{method}"
    accept = "application/x-ndjson" if stream else "application/json"
    return posted(target, url, body, unsupported, accept=accept)


DIALECT: Adapter = Ollama()
