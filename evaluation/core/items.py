"""Items of an evaluation set, and the JSON Lines that they are imported from. Pure.

One line is one item: `{"prompt": "…"}` or `{"messages": [{"role": "user", "content": "…"}]}`, and beside it
`key` (its number where none is given), `task`, `expected`, `grader` and `tags`. Nothing else is read, and a
field that is not known is refused rather than left out.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.core.graders import GRADERS, expectation_problem

MAX_ITEMS = 50_000
MAX_LINE_CHARS = 256 * 1024
MAX_MESSAGES = 64
MAX_TAGS = 16
MAX_NAME_CHARS = 128
MAX_EXPECTED_CHARS = 16 * 1024
ROLES = frozenset({"system", "developer", "user", "assistant"})
FIELDS = frozenset({"key", "prompt", "messages", "task", "expected", "grader", "tags"})


class ItemsUnreadable(ValueError):
    """A line of the file is not an item; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One request with what its answer is held against. `grader` is "" where nothing is expected."""

    key: str
    messages: tuple[Mapping[str, str], ...]
    task: str = ""
    expected: str = ""
    grader: str = ""
    tags: tuple[str, ...] = ()

    @property
    def value(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "messages": [dict(message) for message in self.messages],
            "task": self.task,
            "expected": self.expected,
            "grader": self.grader,
            "tags": list(self.tags),
        }

    @property
    def digest(self) -> str:
        return _sha256(self.value)


def read_items(lines: Iterable[str]) -> tuple[Item, ...]:
    """Every item of a file in JSON Lines; blank lines are passed over. Raises ItemsUnreadable."""
    items: dict[str, Item] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(items) == MAX_ITEMS:
            raise ItemsUnreadable(f"A set has at most {MAX_ITEMS:,} items.")
        try:
            item = _item(line, str(number))
        except ItemsUnreadable as error:
            raise ItemsUnreadable(f"Line {number}: {error}") from error
        if item.key in items:
            raise ItemsUnreadable(f"Line {number}: there is an item “{item.key}” already.")
        items[item.key] = item
    if not items:
        raise ItemsUnreadable("The file holds no item.")
    return tuple(items.values())


def written_items(items: Iterable[Item]) -> Iterator[str]:
    """The lines that `read_items` makes the same items of."""
    for item in items:
        yield json.dumps({name: part for name, part in item.value.items() if part}, ensure_ascii=False)


def set_digest(items: Iterable[Item]) -> str:
    """Names a set by what it holds: equal items in equal order have equal digests."""
    return _sha256([item.digest for item in items])


def _item(line: str, number: str) -> Item:
    value = _object(line)
    unknown = sorted(set(value) - FIELDS)
    if unknown:
        raise ItemsUnreadable(f"no such field: {', '.join(unknown)}.")
    grader = value.get("grader") or ""
    if grader not in ("", *GRADERS):
        raise ItemsUnreadable(f"no such grader: {grader!r}; there are: {', '.join(GRADERS)}.")
    expected = _expected(value.get("expected"))
    if grader and (problem := expectation_problem(grader, expected)):
        raise ItemsUnreadable(problem)
    if expected and not grader:
        raise ItemsUnreadable("what is expected needs a grader.")
    return Item(
        key=_name(value, "key") or number,
        messages=_messages(value),
        task=_name(value, "task"),
        expected=expected,
        grader=grader,
        tags=_tags(value.get("tags") or []),
    )


def _object(line: str) -> dict[str, Any]:
    if len(line) > MAX_LINE_CHARS:
        raise ItemsUnreadable(f"a line has at most {MAX_LINE_CHARS:,} characters.")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ItemsUnreadable(f"it is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ItemsUnreadable("it is not an object.")
    return value


def _messages(value: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    if ("prompt" in value) == ("messages" in value):
        raise ItemsUnreadable("it needs either a prompt or messages.")
    if "prompt" in value:
        given: Any = [{"role": "user", "content": value["prompt"]}]
    else:
        given = value["messages"]
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_MESSAGES:
        raise ItemsUnreadable(f"messages are a list of 1 to {MAX_MESSAGES}.")
    return tuple(_message(message) for message in given)


def _message(message: Any) -> Mapping[str, str]:
    if (
        not isinstance(message, dict)
        or set(message) != {"role", "content"}
        or message["role"] not in ROLES
        or not isinstance(message["content"], str)
    ):
        raise ItemsUnreadable(f"a message has a role ({', '.join(sorted(ROLES))}) and a content in text.")
    return message


def _expected(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, sort_keys=True)
    if len(text) > MAX_EXPECTED_CHARS:
        raise ItemsUnreadable(f"what is expected has at most {MAX_EXPECTED_CHARS:,} characters.")
    return text


def _name(value: Mapping[str, Any], field: str) -> str:
    name = value.get(field) or ""
    text = str(name) if isinstance(name, str | int) else None
    if text is None or len(text) > MAX_NAME_CHARS:
        raise ItemsUnreadable(f"{field} is a text of at most {MAX_NAME_CHARS} characters.")
    return text


def _tags(value: Any) -> tuple[str, ...]:
    if (
        not isinstance(value, list)
        or len(value) > MAX_TAGS
        or not all(isinstance(tag, str) and 0 < len(tag) <= MAX_NAME_CHARS for tag in value)
    ):
        raise ItemsUnreadable(f"tags are a list of at most {MAX_TAGS} texts.")
    return tuple(sorted(set(value)))


def _sha256(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
