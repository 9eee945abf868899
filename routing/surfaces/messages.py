"""Anthropic's Messages API, as its clients speak it."""

from dataclasses import replace

import msgspec

from routing.api.wire import ChatBody, chat_body, read_object
from routing.surfaces.contract import Events, Fault, Reply, Surface
from routing.surfaces.messages_answer import message
from routing.surfaces.messages_errors import error_value
from routing.surfaces.messages_events import MessagesEvents
from routing.surfaces.messages_request import chat_request

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class MessagesReply:
    @property
    def surface(self) -> Surface:
        return MESSAGES

    def whole(self, payload: bytes) -> bytes:
        return _encode(message(_decode(payload)))

    def events(self) -> Events:
        return MessagesEvents()


class Messages:
    """The surface `messages`."""

    name = "messages"

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        return _read(body, only_count=False), _REPLY

    def error(self, fault: Fault) -> bytes:
        return _encode(error_value(fault))


class CountTokens(Messages):
    """A request that is only to be counted: it may leave out how long the answer is to be."""

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        return _read(body, only_count=True), _REPLY


def _read(body: bytes, *, only_count: bool) -> ChatBody:
    """A stream's usage comes with its end, so chat is asked for it."""
    request = chat_request(read_object(body), only_count=only_count)
    read = chat_body(request, size=len(body))
    return replace(read, include_usage=read.stream)


MESSAGES: Surface = Messages()
COUNT_TOKENS: Surface = CountTokens()
_REPLY: Reply = MessagesReply()
