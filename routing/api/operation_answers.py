"""What the operations other than chat answer with, as types for their description.

Answers are rendered elsewhere; these document them.
"""

from typing import Any, Literal

from msgspec import Struct


class Embedding(Struct):
    """`embedding` is a list of numbers, or base64 of little-endian 32-bit floats, as was asked for."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(Struct):
    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Struct):
    """Without `usage` where the provider tells none."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage | None = None


class Verdict(Struct):
    flagged: bool
    categories: dict[str, Any]
    category_scores: dict[str, float]


class Moderation(Struct):
    id: str
    model: str
    results: list[Verdict]


class Picture(Struct):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None


class Pictures(Struct):
    created: int
    data: list[Picture]


class Transcript(Struct):
    """What else a provider says (segments, words, language) is passed on."""

    text: str
