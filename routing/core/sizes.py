"""How much a request of each operation asks for: what is reserved for it, and what must fit at once.

Text is counted as in routing.core.tokens: an estimate for rules, and a bound that holds. Tokens that come as
numbers are counted as they are. Sound is bounded in seconds by routing.core.sound.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routing.core import composing, sound, tokens
from routing.core.operations import CHAT, EMBEDDINGS, IMAGES, MODERATIONS, SPEECH, TRANSCRIPTIONS

NO_OUTPUT = 0
SPOKEN_MS_PER_CHARACTER = 1000  # one ideograph takes a third of that
AUDIO_TOKENS_PER_S = 50  # of an encoder that makes most of them; Gemini's makes 32, OpenAI's under 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of one request. `window_tokens` is what a context window must hold at once, None where that is all of
    the input and the output; `max_output_tokens` is 0 where an operation makes no text."""

    input_tokens: int
    input_tokens_bound: int
    images: int = 0  # that are sent
    window_tokens: int | None = None
    max_output_tokens: int | None = None
    pictures: int = 0  # to be made
    audio_ms: int = 0  # to be heard or spoken, at most
    characters: int = 0  # to be spoken


def sizes_of(operation: str, request: Mapping[str, Any]) -> Sizes:
    """The sizes of a request that was read."""
    return _SIZES[operation](request)


def _of_chat(request: Mapping[str, Any]) -> Sizes:
    counts = composing.counts(request)
    return Sizes(counts.input_tokens, counts.input_tokens_bound, counts.images)


def _of_input(request: Mapping[str, Any]) -> Sizes:
    """Of embeddings and moderations: each item of the input goes through the model by itself."""
    counted = [_count(item) for item in items_of(request["input"])]
    images = sum(1 for item in items_of(request["input"]) if _is_image(item))
    return Sizes(
        sum(likely for likely, _ in counted),
        sum(bound for _, bound in counted) + tokens.TOKENS_PER_REQUEST,
        images,
        max((likely for likely, _ in counted), default=0),
        NO_OUTPUT,
    )


def _of_images(request: Mapping[str, Any]) -> Sizes:
    """Where one picture is made a call, the prompt is paid with each of them."""
    likely, bound = _count(request["prompt"])
    pictures = request.get("n", 1)
    most = pictures * (bound + tokens.TOKENS_PER_REQUEST)
    return Sizes(likely, most, window_tokens=likely, pictures=pictures)


def _of_speech(request: Mapping[str, Any]) -> Sizes:
    spoken = request["input"]
    likely, bound = _count(spoken + request.get("instructions", ""))
    return Sizes(
        likely,
        bound + tokens.TOKENS_PER_REQUEST,
        window_tokens=likely,
        audio_ms=math.ceil(len(spoken) * SPOKEN_MS_PER_CHARACTER / request.get("speed", 1)),
        characters=len(spoken),
    )


def _of_transcription(request: Mapping[str, Any]) -> Sizes:
    likely, bound = _count(request.get("prompt", ""))
    longest_s = sound.longest_s(request["file"]["data"])
    return Sizes(
        likely,
        bound + tokens.TOKENS_PER_REQUEST + longest_s * AUDIO_TOKENS_PER_S,
        window_tokens=0,  # a provider hears a long recording in pieces
        audio_ms=longest_s * 1000,
    )


def items_of(given: Any) -> Iterator[Any]:
    """The items of an `input`: texts, lists of tokens, or parts; one that is alone is the only one."""
    if isinstance(given, str) or (given and isinstance(given[0], int)):
        yield given
    else:
        yield from given


def _count(item: Any) -> tuple[int, int]:
    """(estimate, bound) of one item."""
    if isinstance(item, list):
        return len(item), len(item)
    text = item if isinstance(item, str) else item.get("text", "")
    size = tokens.utf8_bytes(text)
    likely = (2 * len(text) + 3 * (size - len(text)) + 7) // 8
    return likely, size + tokens.TOKENS_PER_MESSAGE


def _is_image(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") in tokens.IMAGE_PARTS


_SIZES: Mapping[str, Callable[[Mapping[str, Any]], Sizes]] = {
    CHAT: _of_chat,
    EMBEDDINGS: _of_input,
    MODERATIONS: _of_input,
    IMAGES: _of_images,
    SPEECH: _of_speech,
    TRANSCRIPTIONS: _of_transcription,
}
