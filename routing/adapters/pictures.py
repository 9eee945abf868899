"""Pictures in dialects other than OpenAI's: they come as data, a few a call."""

import base64
import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from routing.adapters.contract import PreparedRequest, ProviderError, Result, Target, Usage
from routing.adapters.failures import unreadable
from routing.adapters.fields import Fields

PNG, JPEG, WEBP = "png", "jpeg", "webp"
_LEFT_TO_IT = ("size", "quality", "background", "moderation")  # where they are “auto”
_PNG = struct.Struct(">8s4s4sII")  # signature, length and name of the first chunk, width, height
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_HEAD_CHARS = 32  # of base64 for that
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, IndexError)


class Pictures(ABC):
    """An Operation. A dialect words a request for `n` pictures (`ask`) and reads its answer (`read`)."""

    most = 1  # pictures a call

    @abstractmethod
    def ask(self, prompt: str, n: int, fields: Fields, target: Target) -> PreparedRequest:
        """`fields` are asked for what the dialect can express; `unsupported` is filled in afterwards."""

    @abstractmethod
    def read(self, request: Mapping[str, Any], answer: dict[str, Any]) -> tuple[Sequence[str], Usage]:
        """(pictures as base64, what is told of their use and quality) of an answer.

        Raises ProviderError where a filter let none through; whatever it raises of KeyError and the like says
        that it is no answer.
        """

    @abstractmethod
    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError: ...

    def most_of(self, target: Target) -> int:
        return self.most

    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        fields = Fields(
            {name: value for name, value in request.items() if value != "auto" or name not in _LEFT_TO_IT}
        )
        prompt, left, most = fields.take("prompt"), fields.take("n") or 1, self.most_of(target)
        if fields.take("response_format") == "url":
            fields.refuse("response_format")
        parts = []
        while left > 0:
            parts.append(self.ask(prompt, min(left, most), fields, target))
            left -= most
        unsupported = fields.unsupported()
        return tuple(replace(part, unsupported=unsupported) for part in parts)

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        if not 200 <= status < 300:
            raise self.parse_error(status, headers, body)
        try:
            pictures, usage = self.read(request, msgspec.json.decode(body))
        except _UNDECODABLE:
            raise unreadable(status, headers, body) from None
        except _UNREADABLE:
            raise self.parse_error(status, headers, body) from None
        if not pictures or not all(isinstance(picture, str) and picture for picture in pictures):
            raise self.parse_error(status, headers, body)
        made = replace(usage, pictures=len(pictures), picture_size=_size_of(pictures))
        value: dict[str, Any] = {"data": [{"b64_json": picture} for picture in pictures]}
        if usage.known:
            value["usage"] = _counts(usage)
        return Result(made, value=value)


def filtered(reason: str) -> ProviderError:
    message = reason or "The provider's filter let no picture through."
    return ProviderError(message, kind="content_filter", retryable=False, status=200)


def _size_of(pictures: Sequence[str]) -> str:
    """What all of them measure, as their own heads say: `1024x768`; "" where that is not known."""
    sizes = {_measured(picture) for picture in pictures}
    return sizes.pop() if len(sizes) == 1 else ""


def _measured(picture: str) -> str:
    try:
        head = base64.b64decode(picture[:_HEAD_CHARS], validate=True)
    except ValueError:
        return ""
    if not head.startswith(_PNG_HEAD) or len(head) < _PNG.size:
        return ""
    *_, width, height = _PNG.unpack_from(head)
    return f"{width}x{height}"


def _counts(usage: Usage) -> dict[str, int]:
    given, made = usage.input_tokens or 0, usage.output_tokens or 0
    return {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
