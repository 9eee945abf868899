"""Marks of what a cache should keep (`cache_control`), wherever in a message and in whose words they are
written."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.fields import BREAKPOINT

MARK = "cache_control"
KEPT_A_WHILE = {"type": "ephemeral"}


def content_of(message: Mapping[str, Any]) -> Any:
    """The content, OpenAI's marks as `cache_control`; that of a whole message is on its last part."""
    content = message.get("content")
    if isinstance(content, list) and any(part.get(BREAKPOINT) for part in content):
        content = [{MARK: KEPT_A_WHILE, **part} if part.get(BREAKPOINT) else part for part in content]
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
