"""Marks of what a cache should keep (`cache_control`), wherever in a message they are written."""

from collections.abc import Mapping
from typing import Any

MARK = "cache_control"


def content_of(message: Mapping[str, Any]) -> Any:
    """The content; where the message as a whole is marked, with the mark on the last of its parts."""
    content = message.get("content")
    if not message.get(MARK) or not content:
        return content
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    parts[-1] = {**parts[-1], MARK: parts[-1].get(MARK) or message[MARK]}
    return parts


def is_marked(content: Any) -> bool:
    """Whether some part of it ends what should be kept, and all of it is text."""
    if not isinstance(content, list):
        return False
    return any(part.get(MARK) for part in content) and all("text" in part for part in content)
