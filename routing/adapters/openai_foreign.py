"""What other dialects keep in a message, taken out for OpenAI itself and for endpoints that, like it, refuse
what they do not know.

A thought that another provider sealed says nothing to this one. A mark for a cache is a wish, so that one
that is not followed is listed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

NO_THOUGHTS = "no_thoughts"
REASONING_BACK = "reasoning_back"
QUIRKS = {
    NO_THOUGHTS: "refuses a message that holds thoughts, or further fields of the answer that it was",
    REASONING_BACK: "takes thoughts back, as `reasoning`",
}
_THOUGHTS = frozenset(
    (
        *("thinking_blocks", "reasoning_items", "reasoning_content", "reasoning_details"),
        *("extra_content", "phases", "phase"),
    )
)
_OF_ANSWERS = ("refusal", "annotations", "audio", "function_call")  # null or empty where there is none
MARK = "cache_control"


def rename_reasoning(body: dict[str, Any]) -> None:
    """Thoughts that come back, by the name that the endpoint has for them; what changes is copied first."""
    if any(message.get("reasoning_content") for message in body["messages"]):
        body["messages"] = [_renamed(message) for message in body["messages"]]


def _renamed(message: Mapping[str, Any]) -> Mapping[str, Any]:
    thought = message.get("reasoning_content")
    if not thought or message.get("reasoning"):
        return message
    rest = {name: value for name, value in message.items() if name != "reasoning_content"}
    return {**rest, "reasoning": thought}


def take_out_empty(body: dict[str, Any]) -> None:
    """Fields of an answer that say nothing, out of the answers that come back; what changes is copied."""
    if any(name in message for message in body["messages"] for name in _OF_ANSWERS):
        body["messages"] = [_without_empty(message) for message in body["messages"]]


def _without_empty(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if value or name not in _OF_ANSWERS}


def take_out_foreign(body: dict[str, Any]) -> tuple[str, ...]:
    """The paths of the marks that were taken out of `body`. What changes is copied first."""
    marks: list[str] = []
    for name in ("messages", "tools"):
        if any(_holds_foreign(item) for item in body.get(name) or ()):
            items = enumerate(body[name])
            body[name] = [_plain(item, f"{name}[{place}]", marks) for place, item in items]
    return tuple(marks)


def _holds_foreign(item: Mapping[str, Any]) -> bool:
    if MARK in item or not _THOUGHTS.isdisjoint(item):
        return True
    return any(MARK in part or not _THOUGHTS.isdisjoint(part) for _, _, part in _parts(item))


def _parts(item: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """What a message holds that may have a mark of its own."""
    for name in ("content", "tool_calls"):
        inner = item.get(name)
        if isinstance(inner, list):
            for place, part in enumerate(inner):
                yield name, place, part


def _plain(item: Mapping[str, Any], path: str, marks: list[str]) -> dict[str, Any]:
    plain = _without(item, path, marks)
    for name, place, part in list(_parts(plain)):
        if MARK in part or not _THOUGHTS.isdisjoint(part):
            plain[name] = list(plain[name])
            plain[name][place] = _without(part, f"{path}.{name}[{place}]", marks)
    return plain


def _without(item: Mapping[str, Any], path: str, marks: list[str]) -> dict[str, Any]:
    if MARK in item:
        marks.append(f"{path}.{MARK}")
    return {name: value for name, value in item.items() if name != MARK and name not in _THOUGHTS}
