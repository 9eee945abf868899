"""A thought that its provider sealed, carried by a surface that has another form for it.

An Anthropic client keeps a thought's `signature` as it came and sends it back, an OpenAI client a reasoning
item's `encrypted_content`. Where the seal is of the other kind it travels inside that text, marked as ours.
"""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

MARK = "signalbox.1."
KINDS = frozenset(("thinking_blocks", "reasoning_items"))


def packed(seal: Mapping[str, Any]) -> str:
    return MARK + base64.urlsafe_b64encode(msgspec.json.encode(seal)).decode()


def unpacked(text: str) -> dict[str, dict[str, Any]] | None:
    """The seal in `text`: one item under `thinking_blocks` or `reasoning_items`; None where none is ours."""
    if not text.startswith(MARK):
        return None
    try:
        seal = msgspec.json.decode(base64.urlsafe_b64decode(text[len(MARK) :]))
    except ValueError:
        return None
    if not isinstance(seal, dict) or len(seal) != 1 or seal.keys() - KINDS:
        return None
    (item,) = seal.values()
    return seal if isinstance(item, dict) and isinstance(item.get("type"), str) else None
