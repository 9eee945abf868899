"""Two documents → the differences in words, for the person who publishes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from registry.core.tariff import lines_of_nano
from registry.releases.clock import from_us

NANO_PER_USD = 1_000_000_000
UUID_LENGTH = 36
MAX_CHANGES = 500
MAX_DETAILS = 40
MAX_VALUE_LENGTH = 160
NOUNS = {
    "data_classes": "data class",
    "deployments": "deployment",
    "policies": "policy",
    "providers": "provider",
    "certifications": "certification",
    "tasks": "task",
    "prompts": "prompt",
}
KEYS = ("name", "id")  # what identifies a member of a list
PRICE_LINES = ("bands", "pictures")  # of a price row, which people write in a notation
IMPLIED = {"name", "id", "sha256"}  # said by the line that names the thing


@dataclass(frozen=True, slots=True)
class Change:
    """One object that was added, removed or changed; `details` say how, one line each."""

    kind: str  # added | removed | changed
    noun: str
    name: str
    details: tuple[str, ...] = ()


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What `after` does that `before` did not, at most MAX_CHANGES objects."""
    changes = [
        change
        for section in sorted(set(before) | set(after))
        for change in _section(section, before.get(section), after.get(section))
    ]
    return tuple(changes[:MAX_CHANGES])


def _section(section: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after or section == "schema" or not (before or after):
        return
    noun = NOUNS.get(section, _words(section))
    if not (_members_are_named(before) and _members_are_named(after)):
        yield Change("changed", noun, "", tuple(_lines("", before, after)))
        return
    old, new = _by_name(before), _by_name(after)
    for name in sorted(set(old) | set(new)):
        if name not in old:
            yield Change("added", noun, name, _cut(_facts("", new[name])))
        elif name not in new:
            yield Change("removed", noun, name)
        elif old[name] != new[name]:
            yield Change("changed", noun, name, _cut(_lines("", old[name], new[name])))


def _lines(path: str, before: Any, after: Any) -> Iterator[str]:
    """One line for each leaf that differs."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            old, new = _readable(key, before.get(key)), _readable(key, after.get(key))
            yield from _lines(_place(path, key), old, new)
    elif isinstance(after, dict):
        yield f"{path}: added"
        yield from _facts(path, after)
    elif isinstance(before, dict):
        yield f"{path}: removed"
    elif isinstance(before, list) and _members_are_named(before) and _members_are_named(after):
        yield from _lines(path, _by_name(before), _by_name(after))
        if _same_members_other_order(before, after):
            yield f"{path}: order is now {', '.join(_by_name(after))}"
    else:
        yield f"{path}: {_shown(before)} → {_shown(after)}".removeprefix(": ")


def _facts(path: str, value: Any) -> Iterator[str]:
    """One line for each thing that something new says; what is empty is not worth one."""
    if isinstance(value, list) and _members_are_named(value):
        value = _by_name(value)
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in IMPLIED:
                yield from _facts(_place(path, key), _readable(key, item))
    elif value not in (None, "", [], {}):
        yield f"{path}: {_shown(value)}"


def _place(path: str, key: str) -> str:
    return f"{path}, {_words(key)}" if path else _words(key)


def _cut(lines: Iterator[str]) -> tuple[str, ...]:
    shown = [line for line, _ in zip(lines, range(MAX_DETAILS + 1), strict=False)]
    return (*shown[:MAX_DETAILS], "…") if len(shown) > MAX_DETAILS else tuple(shown)


def _members_are_named(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and all(isinstance(item, dict) and _key(item) for item in value)


def _key(item: Mapping[str, Any]) -> str:
    return next((str(item[key]) for key in KEYS if key in item), "")


def _by_name(members: Any) -> dict[str, Any]:
    return {_key(item): item for item in members or ()}


def _same_members_other_order(before: Any, after: Any) -> bool:
    old, new = list(_by_name(before)), list(_by_name(after))
    return old != new and sorted(old) == sorted(new)


def _words(key: str) -> str:
    """A key for people: units leave the name when the value carries them."""
    if len(key) == UUID_LENGTH and key.count("-") == 4:
        return f"row {key[-8:]}"
    return key.removesuffix("_us").replace("_nano_per_mtok", "").replace("_nano", "").replace("_", " ")


def _readable(key: str, value: Any) -> Any:
    if key in PRICE_LINES and value:
        return "; ".join(lines_of_nano(key, value))
    if type(value) is not int:
        return value
    if key.endswith("_us"):
        return f"{from_us(value):%Y-%m-%d %H:%M} UTC"
    if "_nano" in key:
        unit = " per million tokens" if key.endswith("_per_mtok") else ""
        return f"{Decimal(value) / NANO_PER_USD:f} USD{unit}"
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        value = ", ".join(str(item) for item in value) or "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text or "empty"
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"
