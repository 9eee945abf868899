"""How many tokens a chat request holds, without a vocabulary: an estimate, and a bound that holds.

The bound is for the reservation. A byte-level BPE never makes more tokens than there are bytes, so it is the
UTF-8 bytes of all text, with tools and schemas as JSON, and an allowance for what providers add: the marks
around each message, and the instructions that come with tools (Anthropic adds up to about 530 tokens).

The estimate is for rules and context windows: a quarter of a token per character, and 3/8 of a token for each
byte by which a character is longer than one. English comes to 4 characters a token, Cyrillic to 1.6,
Chinese, Japanese and Korean to 1, which is a little above what current vocabularies make of them.

Images are counted apart: what one costs is a fact of the deployment.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOKENS_PER_REQUEST = 64
TOKENS_PER_MESSAGE = 16
TOKENS_FOR_TOOLS = 1024
TOKENS_PER_TOOL = 64
MAX_PART_DEPTH = 32

# Parts whose payload is not text: counted by the deployment's bound.
IMAGE_PARTS = frozenset({"image_url", "input_image"})
_JSON_FIELDS = ("tools", "functions", "response_format", "tool_choice", "suffix")


@dataclass(frozen=True, slots=True)
class TokenCounts:
    input_tokens: int  # estimate, without images
    input_tokens_bound: int  # never under, without images
    images: int


def estimate(request: Mapping[str, Any]) -> TokenCounts:
    """The counts of an OpenAI chat request, given as a plain dict."""
    messages = request.get("messages") or ()
    chars = size = 0
    for text in (*texts(request), *_json_texts(request)):
        chars += len(text)
        size += utf8_bytes(text)
    overhead = TOKENS_PER_REQUEST + TOKENS_PER_MESSAGE * len(messages)
    tools = len(request.get("tools") or ()) + len(request.get("functions") or ())
    if tools:
        overhead += TOKENS_FOR_TOOLS + TOKENS_PER_TOOL * tools
    likely = (2 * chars + 3 * (size - chars) + 7) // 8 + 4 * len(messages)
    bound = size + overhead
    return TokenCounts(min(likely, bound), bound, sum(_images(message) for message in messages))


def utf8_bytes(text: str) -> int:
    """Bytes of `text` in UTF-8; no work for ASCII. A lone surrogate counts as the three it would take."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def texts(request: Mapping[str, Any]) -> Iterator[str]:
    """Every text in the messages: contents, names, arguments of tool calls; also parts of unknown kinds,
    so that what is not understood is counted rather than left out."""
    for message in request.get("messages") or ():
        for key, value in message.items():
            if key != "role":
                yield from _strings(value, MAX_PART_DEPTH)


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth == 0:
        yield json.dumps(value, ensure_ascii=False, default=str)
    elif isinstance(value, Mapping):
        if value.get("type") in IMAGE_PARTS:
            return
        for item in value.values():
            yield from _strings(item, depth - 1)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for item in value:
            yield from _strings(item, depth - 1)


def _json_texts(request: Mapping[str, Any]) -> Iterator[str]:
    for name in _JSON_FIELDS:
        value = request.get(name)
        if value:
            yield json.dumps(value, ensure_ascii=False)


def _images(message: Mapping[str, Any]) -> int:
    """Also those that a model made in its turn."""
    return sum(_image_parts(message.get(name)) for name in ("content", "images"))


def _image_parts(parts: Any) -> int:
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        return 0
    return sum(1 for part in parts if isinstance(part, Mapping) and part.get("type") in IMAGE_PARTS)
