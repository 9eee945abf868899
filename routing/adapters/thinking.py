"""Thoughts that a model writes into its text, in `<think>` tags, taken apart from the answer.

vLLM and others can do it themselves; where they were not told to, and for models that begin in thought (the
opening tag is then in the prompt's template), an endpoint has a quirk. Only what begins an answer is a
thought: a tag later on is text.
"""

from typing import Any

OPENS, CLOSES = "<think>", "</think>"
TAGS, UNOPENED = "think_tags", "think_unopened"
QUIRKS = {
    TAGS: "writes its thoughts into its text, in `<think>` tags",
    UNOPENED: "begins in thought: its text has `</think>` alone",
}


class Thoughts:
    """One answer's text, in pieces: `feed` gives (thought, text), and holds what may still be a tag."""

    __slots__ = ("_held", "_state")

    def __init__(self, *, opened: bool = False) -> None:
        """`opened`: it begins in thought, whether or not the tag comes."""
        self._held = ""
        self._state = self._begins_opened if opened else self._begins

    def feed(self, piece: str) -> tuple[str, str]:
        self._held += piece
        return self._state(last=False)

    def close(self) -> tuple[str, str]:
        """What was held at the end of the answer."""
        return self._state(last=True)

    def _begins(self, *, last: bool, opened: bool = False) -> tuple[str, str]:
        said = self._held.lstrip()
        if said.startswith(OPENS):
            self._held = said[len(OPENS) :]
        elif OPENS.startswith(said) and not last:
            return "", ""
        elif not opened:
            self._state = self._text
            return self._text(last=last)
        self._state = self._thinks
        return self._thinks(last=last)

    def _begins_opened(self, *, last: bool) -> tuple[str, str]:
        return self._begins(last=last, opened=True)

    def _thinks(self, *, last: bool) -> tuple[str, str]:
        thought, closed, rest = self._held.partition(CLOSES)
        if closed:
            self._held, self._state = rest, self._answers
            return thought, self._answers(last=last)[1]
        keep = 0 if last else _unfinished(thought, CLOSES)
        self._held = thought[len(thought) - keep :]
        return thought[: len(thought) - keep], ""

    def _answers(self, *, last: bool) -> tuple[str, str]:
        """The blanks between a thought and its answer belong to neither."""
        self._held = self._held.lstrip()
        if not self._held:
            return "", ""
        self._state = self._text
        return self._text(last=last)

    def _text(self, *, last: bool) -> tuple[str, str]:
        text, self._held = self._held, ""
        return "", text


def _unfinished(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next((size for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), 0)


def thoughts_of(quirks: frozenset[str]) -> "Thoughts | None":
    """For an answer of an endpoint with `quirks`; None where its text holds no thoughts."""
    if UNOPENED in quirks:
        return Thoughts(opened=True)
    return Thoughts() if TAGS in quirks else None


def split_message(message: dict[str, Any], thoughts: Thoughts, *, last: bool) -> None:
    """Take the thoughts out of a message, or a delta, in place; with the `last` of it comes what was held."""
    content = message.get("content")
    thought, text = thoughts.feed(content) if isinstance(content, str) else ("", "")
    if last:
        rest = thoughts.close()
        thought, text = thought + rest[0], text + rest[1]
    if isinstance(content, str) or text:
        message["content"] = text
    if thought:
        message["reasoning_content"] = (message.get("reasoning_content") or "") + thought
