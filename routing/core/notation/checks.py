"""What an answer must pass, as lines: gates, and who judges it.

gate answered
gate number 0 100
gate json {"type": "object"}
judge 700                       passes from 700 thousandths on; a verifier is written the same way
  rubric Is it right, and is all of it there?
  model judge-model
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from routing.core.gates.catalogue import KINDS
from routing.core.notation.lines import INDENT, Line, free_text, written
from routing.core.routes import (
    DEFAULT_HELPER_TOKENS,
    DEFAULT_LABEL_TOKENS,
    MAX_GATES,
    MAX_TEXT_CHARS,
    MAX_UNSURE_MS,
    MILLI,
)

Value = dict[str, Any]
DEFAULT_THRESHOLD = 700
MAX_TOKENS = 100_000
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?")


def gates_of(lines: list[Line]) -> list[Value]:
    gates = [_gate(line) for line in lines if line.word == "gate"]
    if len(gates) > MAX_GATES:
        raise lines[0].problem(f"at most {MAX_GATES} gates can stand here.")
    return gates


def rendered_gates(gates: list[Value], start: str) -> Iterator[str]:
    for gate in gates:
        kind = KINDS[gate["gate"]]
        words = ["gate", gate["gate"]]
        for name, what in kind.settings:
            if name in gate:
                given = gate[name]
                words.append(written(given) if what == "text" else str(given))
        yield start + " ".join(words)


def judge_of(line: Line, routes: Callable[[list[Line]], Value]) -> Value:
    """`line` begins with “judge” or “verifier”; `routes` reads who it is."""
    threshold = (
        _count(line, line.rest, MILLI, "a threshold in thousandths") if line.rest else DEFAULT_THRESHOLD
    )
    rubric = text_of(line.children, "rubric")
    if not rubric:
        raise line.problem(f"“{line.word}” needs a line “rubric” that says what is asked of the answer.")
    others = [child for child in line.children if child.word not in ("rubric", "tokens")]
    if not others:
        raise line.problem(f"“{line.word}” needs a route: who it is.")
    value = {"route": routes(others), "rubric": rubric, "threshold": threshold}
    tokens = tokens_of(line.children, DEFAULT_HELPER_TOKENS)
    return value if tokens == DEFAULT_HELPER_TOKENS else {**value, "max_output_tokens": tokens}


def rendered_judge(
    word: str, judge: Mapping[str, Any], start: str, route: Callable[[Value, str], Iterator[str]]
) -> Iterator[str]:
    yield f"{start}{word} {judge['threshold']}"
    yield f"{start}{INDENT}rubric {written(judge['rubric'])}"
    yield from rendered_tokens(judge, start + INDENT)
    yield from route(judge["route"], start + INDENT)


def unsure_of(line: Line, routes: Callable[[list[Line]], Value]) -> Value:
    """`line` is “unsure within 50”; below it who is asked, and what is taken where no label comes."""
    word, _, band = line.rest.partition(" ")
    if word != "within":
        raise line.problem("write “unsure within 50”: in thousandths, on either side of the threshold.")
    value: Value = {"band": _count(line, band, MILLI, "a band in thousandths", 1)}
    if prompt := text_of(line.children, "prompt"):
        value["prompt"] = prompt
    for child in line.children:
        if child.word == "timeout":
            value["timeout_ms"] = _count(child, child.rest, MAX_UNSURE_MS, "milliseconds", 1)
        elif child.word == "default":
            value["default"] = child.rest
    others = [
        child for child in line.children if child.word not in ("prompt", "tokens", "timeout", "default")
    ]
    if not others:
        raise line.problem("“unsure” needs a route: who is asked.")
    tokens = tokens_of(line.children, DEFAULT_LABEL_TOKENS)
    value = {**value, "route": routes(others)}
    return value if tokens == DEFAULT_LABEL_TOKENS else {**value, "max_output_tokens": tokens}


def rendered_unsure(
    value: Mapping[str, Any], start: str, route: Callable[[Value, str], Iterator[str]]
) -> Iterator[str]:
    yield f"{start}unsure within {value['band']}"
    if "prompt" in value:
        yield f"{start}{INDENT}prompt {written(value['prompt'])}"
    for name, word in (("timeout_ms", "timeout"), ("default", "default")):
        if name in value:
            yield f"{start}{INDENT}{word} {value[name]}"
    yield from rendered_tokens(value, start + INDENT)
    yield from route(value["route"], start + INDENT)


def text_of(lines: list[Line], word: str) -> str:
    """The text of the line that begins with `word`; "" without one."""
    found = [line for line in lines if line.word == word]
    if not found:
        return ""
    if len(found) > 1:
        raise found[1].problem(f"only one line “{word}” can stand here.")
    text = free_text(found[0])
    if len(text) > MAX_TEXT_CHARS:
        raise found[0].problem(f"a text has at most {MAX_TEXT_CHARS} characters.")
    return text


def tokens_of(lines: list[Line], default: int) -> int:
    found = next((line for line in lines if line.word == "tokens"), None)
    return default if found is None else _count(found, found.rest, MAX_TOKENS, "a number of tokens", 1)


def rendered_tokens(value: Mapping[str, Any], start: str) -> Iterator[str]:
    if "max_output_tokens" in value:
        yield f"{start}tokens {value['max_output_tokens']}"


def count_of(line: Line, most: int, what: str, least: int = 1) -> int:
    """The number that alone stands behind the line's first word."""
    return _count(line, line.rest, most, what, least)


def _count(line: Line, text: str, most: int, what: str, least: int = 0) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise line.problem(f"“{line.word}” takes {what}, from {least} to {most}.")
    return int(text)


def _gate(line: Line) -> Value:
    name, _, rest = line.rest.partition(" ")
    kind = KINDS.get(name)
    if kind is None:
        raise line.problem(f"“{name}” is no gate; there are {', '.join(KINDS)}.")
    value: Value = {"gate": name}
    words = rest.split()
    for at, (setting, what) in enumerate(kind.settings):
        if what in ("text", "json"):
            text = free_text(line, 2) if what == "text" else _json(line)
            if text:
                value[setting] = text
            words = words[: len(value) - 1]
        elif at < len(words):
            value[setting] = _number(line, words[at]) if what == "number" else words[at]
    takes = " ".join(name.upper() for name, _ in kind.settings) or "nothing"
    if len(value) - 1 < kind.required or len(words) > len(kind.settings):
        raise line.problem(f"the gate “{name}” takes {takes}.")
    return value


def _number(line: Line, word: str) -> int | str:
    if not _NUMBER.fullmatch(word):
        raise line.problem(f"“{word}” is no number.")
    return int(word) if "." not in word else word


def _json(line: Line) -> str:
    """In canonical form."""
    parts = line.raw.split(None, 2)
    if len(parts) < 3:
        return ""
    try:
        found = json.loads(parts[2])
    except ValueError as error:
        raise line.problem(f"this is no JSON: {error}.") from None
    return json.dumps(found, separators=(",", ":"), sort_keys=True)
