"""OpenAI's chat completions: the platform's own form, so that nothing is translated."""

import msgspec

from routing.api.wire import ChatBody, read_chat_request
from routing.surfaces.contract import Events, Fault, Reply, Surface

DONE = b"data: [DONE]\n\n"
_encode = msgspec.json.Encoder().encode


def error_body(fault: Fault) -> bytes:
    """OpenAI's error, which their SDKs read."""
    error = {"message": fault.message, "type": fault.type, "param": fault.param, "code": fault.code}
    return _encode({"error": error})


class ChatEvents:
    """Chunks as they are. An error is an event of its own, and no `[DONE]` follows it."""

    def chunk(self, payload: bytes) -> bytes:
        return b"data: " + payload + b"\n\n"

    def end(self) -> bytes:
        return DONE

    def fault(self, fault: Fault) -> bytes:
        return b"data: " + error_body(fault) + b"\n\n"


class ChatReply:
    @property
    def surface(self) -> Surface:
        return CHAT

    def whole(self, payload: bytes) -> bytes:
        return payload

    def events(self) -> Events:
        return _EVENTS


class Chat:
    """The surface `chat`."""

    name = "chat"

    def read(self, body: bytes) -> tuple[ChatBody, Reply]:
        return read_chat_request(body), CHAT_REPLY

    def error(self, fault: Fault) -> bytes:
        return error_body(fault)


CHAT: Surface = Chat()
CHAT_REPLY: Reply = ChatReply()
_EVENTS: Events = ChatEvents()
