"""Embeddings in dialects other than OpenAI's: texts alone, so many at once, and vectors as numbers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from routing.adapters.contract import PreparedRequest, ProviderError, Result, Target, Usage
from routing.adapters.failures import unreadable
from routing.adapters.fields import Fields
from routing.adapters.results import embeddings, in_parts

UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, IndexError)
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class TextEmbeddings(ABC):
    """An Operation. A dialect words one part of a request (`ask`) and reads its answer (`read`)."""

    most: int  # texts at once
    most_bytes: int | None = None  # of them together

    @abstractmethod
    def ask(self, texts: list[str], fields: Fields, target: Target) -> PreparedRequest:
        """`fields` are asked for what the dialect can express; `unsupported` is filled in afterwards."""

    @abstractmethod
    def read(
        self, answer: dict[str, Any], headers: Mapping[str, str]
    ) -> tuple[Sequence[Any], int | None, str]:
        """(vectors, input tokens, reported model) of an answer; whatever it raises of UNREADABLE says that it
        is none."""

    @abstractmethod
    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError: ...

    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        fields = Fields(request)
        texts = texts_of(fields.take("input"))
        fields.take("encoding_format")  # vectors are brought to it afterwards
        several = in_parts(texts, most=self.most_of(target), most_bytes=self.most_bytes)
        parts = [self.ask(part, fields, target) for part in several]
        unsupported = fields.unsupported()
        return tuple(_with(part, unsupported) for part in parts)

    def most_of(self, target: Target) -> int:
        return self.most

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        if not 200 <= status < 300:
            raise self.parse_error(status, headers, body)
        try:
            vectors, tokens, model = self.read(msgspec.json.decode(body), headers)
            usage = Usage(input_tokens=tokens, output_tokens=None if tokens is None else 0)
            return embeddings(request, vectors, usage, model)
        except _UNDECODABLE:
            raise unreadable(status, headers, body) from None
        except UNREADABLE:
            raise self.parse_error(status, headers, body) from None


def texts_of(given: Any) -> list[str]:
    """The texts of an `input`. Raises ProviderError for tokens: each vocabulary has its own."""
    texts = [given] if isinstance(given, str) else list(given)
    if not all(isinstance(text, str) for text in texts):
        raise ProviderError("The model can't take: input (tokens).", kind="unsupported", retryable=False)
    return texts


def _with(part: PreparedRequest, unsupported: tuple[str, ...]) -> PreparedRequest:
    return PreparedRequest(part.method, part.url, part.headers, part.body, unsupported, part.signing)
