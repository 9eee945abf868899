"""OpenAI's legacy completions: one text that is to go on, for clients that never learnt to chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from routing.api.wire import ChatBody, chat_body, read_object
from routing.surfaces.chat import DONE, error_body
from routing.surfaces.completions_answer import choice_value, completion, head
from routing.surfaces.completions_request import (
    SEVERAL,
    CompletionRequest,
    chat_request,
    prompt_of,
    prompts_of,
    read_completion,
)
from routing.surfaces.contract import Events, Fault, Reply, Surface

__all__ = ["COMPLETIONS", "SEVERAL", "one_of"]
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class CompletionsEvents:
    """Chunks of text. An error is an event of its own, and no `[DONE]` follows it."""

    def __init__(self, echoed: str) -> None:
        self._echoed = echoed
        self._said: dict[int, int] = {}  # index of a choice → characters of it that were given

    def chunk(self, payload: bytes) -> bytes:
        chunk = _decode(payload)
        choices = [self._choice(choice) for choice in chunk["choices"]]
        return b"data: " + _encode({**head(chunk), "choices": choices}) + b"\n\n"

    def end(self) -> bytes:
        return DONE

    def fault(self, fault: Fault) -> bytes:
        return b"data: " + error_body(fault) + b"\n\n"

    def _choice(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        index = choice.get("index", 0)
        before = "" if index in self._said else self._echoed
        offset = self._said.get(index, 0)
        told = choice_value(choice, choice.get("delta") or {}, before, offset)
        self._said[index] = offset + len(told["text"])
        return told


@dataclass(frozen=True, slots=True)
class CompletionsReply:
    """`echoed` is what the answer begins with: the prompt, where that was asked for."""

    echoed: str

    @property
    def surface(self) -> Surface:
        return COMPLETIONS

    def whole(self, payload: bytes) -> bytes:
        return _encode(completion(_decode(payload), self.echoed))

    def events(self) -> Events:
        return CompletionsEvents(self.echoed)


class Completions:
    """The surface `completions`. Errors are those of chat."""

    name = "completions"

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        request = read_object(body)
        typed = read_completion(request)
        return self._asking(request, typed, prompt_of(typed), len(body))

    def _asking(
        self, request: dict[str, Any], typed: CompletionRequest, prompt: str, size: int
    ) -> tuple[ChatBody, Reply]:
        chat = chat_body(chat_request(request, typed, prompt), size=size)
        return chat, CompletionsReply(prompt if typed.echo else "")

    def error(self, fault: Fault) -> bytes:
        return error_body(fault)


class OneOf(Completions):
    """The surface, for one prompt of a request that holds several."""

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        request = read_object(body)
        return self._asking(request, read_completion(request), self._prompt, len(body))


COMPLETIONS: Surface = Completions()


def one_of(body: bytes) -> list[Surface]:
    """For each of several prompts, the surface that reads it. Raises FieldUnsupported."""
    return [OneOf(prompt) for prompt in prompts_of(read_completion(read_object(body)))]
