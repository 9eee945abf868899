"""What other dialects keep in a message, taken out for OpenAI itself, which refuses what it does not know.

A thought that another provider sealed says nothing to this one. A mark for a cache is a wish, so that one
that is not followed is listed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_THOUGHTS = frozenset(
    ("thinking_blocks", "reasoning_items", "reasoning_content", "extra_content", "phases", "phase")
)
MARK = "cache_control"


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
