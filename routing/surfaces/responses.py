"""OpenAI's Responses API, without state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from routing.api.wire import ChatBody, chat_body, read_object
from routing.surfaces.chat import error_body
from routing.surfaces.contract import Events, Fault, Reply, Surface
from routing.surfaces.responses_answer import repeated, response
from routing.surfaces.responses_events import ResponsesEvents
from routing.surfaces.responses_request import chat_request

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ResponsesReply:
    """`asked` is what every response repeats of its request, as the application wrote it."""

    asked: Mapping[str, Any]

    @property
    def surface(self) -> Surface:
        return RESPONSES

    def whole(self, payload: bytes) -> bytes:
        return _encode(response(_decode(payload), self.asked))

    def events(self) -> Events:
        return ResponsesEvents(self.asked)


class Responses:
    """The surface `responses`. Errors are those of chat."""

    name = "responses"

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        """A stream's usage comes with its end, so chat is asked for it."""
        request = read_object(body)
        read = chat_body(chat_request(request), size=len(body))
        return replace(read, include_usage=read.stream), ResponsesReply(repeated(request))

    def error(self, fault: Fault) -> bytes:
        return error_body(fault)


RESPONSES: Surface = Responses()
