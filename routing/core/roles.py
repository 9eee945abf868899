"""Roles as an endpoint takes them: a few templates of open models know neither developers nor two systems.

What is said stays, word for word and in its order; only who says it, and in how many messages, changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

QUIRKS = {
    "no_developer": "knows no role `developer`: it becomes `system`",
    "system_once": "takes one system message, the first: all of them are joined into it",
    "no_system": "takes no system message: it goes before the first user's",
    "alternate_roles": "wants user and assistant in turn: neighbours of one role are joined",
}
INSTRUCTIONS = frozenset(("system", "developer"))
_BREAK = "\n\n"

Message = Mapping[str, Any]


def with_roles(
    messages: Sequence[Message], quirks: frozenset[str]
) -> tuple[Sequence[Message], tuple[str, ...]]:
    """(the messages as the endpoint takes them, what was done)"""
    notes: list[str] = []
    if "no_developer" in quirks and any(message["role"] == "developer" for message in messages):
        messages = [
            _as(message, "system") if message["role"] == "developer" else message for message in messages
        ]
        notes.append("developer_as_system")
    said = [message for message in messages if message["role"] in INSTRUCTIONS]
    if "no_system" in quirks and said:
        messages = _before_the_user(said, [each for each in messages if each["role"] not in INSTRUCTIONS])
        notes.append("system_in_user")
    elif "system_once" in quirks and (len(said) > 1 or (said and messages[0] is not said[0])):
        rest = [each for each in messages if each["role"] not in INSTRUCTIONS]
        messages = [_as({"content": _joined([each["content"] for each in said])}, "system"), *rest]
        notes.append("system_merged")
    if "alternate_roles" in quirks:
        merged = _alternating(messages)
        if len(merged) < len(messages):
            notes.append(f"turns_merged:{len(messages) - len(merged)}")
        messages = merged
    return messages, tuple(notes)


def with_instruction(messages: Sequence[Message], text: str) -> list[Message]:
    """With `text` at the end of the first instructions, or before everything where there are none."""
    for place, message in enumerate(messages):
        if message["role"] in INSTRUCTIONS:
            longer = {**message, "content": _joined([message["content"], text])}
            return [*messages[:place], longer, *messages[place + 1 :]]
    return [{"role": "system", "content": text}, *messages]


def _before_the_user(said: Sequence[Message], rest: Sequence[Message]) -> list[Message]:
    instructions = [message["content"] for message in said]
    for place, message in enumerate(rest):
        if message["role"] == "user":
            first = {**message, "content": _joined([*instructions, message["content"]])}
            return [*rest[:place], first, *rest[place + 1 :]]
    return [{"role": "user", "content": _joined(instructions)}, *rest]


def _alternating(messages: Sequence[Message]) -> list[Message]:
    merged: list[Message] = []
    for message in messages:
        if merged and _joins(merged[-1], message):
            both = [merged[-1]["content"], message["content"]]
            merged[-1] = {**merged[-1], "content": _joined(both)}
        else:
            merged.append(message)
    return merged


def _joins(before: Message, message: Message) -> bool:
    """Two of one role and name that hold nothing but what was said."""
    plain = {"role", "content", "name"}
    return (
        before["role"] == message["role"]
        and message["role"] in ("user", "assistant")
        and before.get("name") == message.get("name")
        and {*before, *message} <= plain
        and bool(before.get("content") and message.get("content"))
    )


def _joined(contents: Sequence[Any]) -> Any:
    """Texts as one text; parts stay parts."""
    if all(isinstance(content, str) for content in contents):
        return _BREAK.join(contents)
    parts: list[Any] = []
    for content in contents:
        parts.extend([{"type": "text", "text": content}] if isinstance(content, str) else content)
    return parts


def _as(message: Message, role: str) -> Message:
    return {**message, "role": role}
