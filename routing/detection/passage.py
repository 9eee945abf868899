"""The texts of one choice of an answer, each passing through something: a chunk at a time, or whole."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from routing.detection.request import JSON_TEXTS

# Of a message or a delta: what is no text of the model's.
_NO_TEXTS = frozenset(("role", "id", "type", "name", "index"))
Path = tuple[str | int, ...]  # keys, and the indexes of items


class PassingText(Protocol):
    """One text of an answer: what is fed comes out, now or later; with the last of it, all that was held."""

    def feed(self, text: str, *, last: bool = False) -> str: ...


Make = Callable[[bool], PassingText]  # of whether the text is JSON, in which what is put must be escaped


class Passage:
    def __init__(self, make: Make, *, json_content: bool = False) -> None:
        self._make = make
        self._json_content = json_content
        self._texts: dict[Path, PassingText] = {}

    def whole(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A message that came in one piece."""
        passed: dict[str, Any] = self._passed(message, (), self._at_once)
        return passed

    def delta(self, delta: Mapping[str, Any], *, last: bool = False) -> dict[str, Any]:
        """One step of a stream; with the last one comes all that was held."""
        passed: dict[str, Any] = self._passed(delta, (), lambda path, text: self._text(path).feed(text))
        return _joined(passed, self.rest()) if last else passed

    def rest(self) -> dict[str, Any]:
        """What was held, as a delta; empty where nothing was."""
        rest: dict[str, Any] = {}
        for path, text in self._texts.items():
            left = text.feed("", last=True)
            if left:
                _put(rest, path, left)
        return rest

    def _at_once(self, path: Path, text: str) -> str:
        return self._new(path).feed(text, last=True)

    def _text(self, path: Path) -> PassingText:
        known = self._texts.get(path)
        if known is None:
            known = self._texts[path] = self._new(path)
        return known

    def _new(self, path: Path) -> PassingText:
        is_json = path[-1] in JSON_TEXTS or (self._json_content and path == ("content",))
        return self._make(is_json)

    def _passed(self, value: Any, path: Path, through: Callable[[Path, str], str]) -> Any:
        if isinstance(value, str):
            if path and isinstance(path[-1], int):
                return self._at_once(path, value)  # a text in a list has no place to come later
            return through(path, value) if value else value
        if isinstance(value, Mapping):
            return {
                key: inner if key in _NO_TEXTS else self._passed(inner, (*path, key), through)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [
                self._passed(inner, (*path, _index(inner, place)), through)
                for place, inner in enumerate(value)
            ]
        return value


def _index(item: Any, place: int) -> int:
    """A tool call says by its index which call it goes on with."""
    given = item.get("index") if isinstance(item, Mapping) else None
    return given if isinstance(given, int) else place


def _put(delta: dict[str, Any], path: Path, text: str) -> None:
    """Append `text` at `path`, making what leads there."""
    here: Any = delta
    for step, following in zip(path, (*path[1:], None), strict=True):
        if isinstance(step, int):
            item = next((each for each in here if _index(each, -1) == step), None)
            if item is None:
                item = {"index": step}
                here.append(item)
            here = item
        elif following is None:
            here[step] = (here.get(step) or "") + text
        else:
            here = here.setdefault(step, [] if isinstance(following, int) else {})


def _joined(delta: dict[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in rest.items():
        if isinstance(value, str):
            delta[key] = (delta.get(key) or "") + value
        elif isinstance(value, dict):
            delta[key] = _joined(dict(delta.get(key) or {}), value)
        else:
            delta[key] = _joined_items(list(delta.get(key) or ()), value)
    return delta


def _joined_items(items: list[Any], rest: list[Any]) -> list[Any]:
    for item in rest:
        place = next((at for at, each in enumerate(items) if _index(each, at) == item["index"]), None)
        if place is None:
            items.append(item)
        else:
            items[place] = _joined(dict(items[place]), {k: v for k, v in item.items() if k != "index"})
    return items
