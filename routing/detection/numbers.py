"""Runs of digits, as people group them: "4111 1111-1111.1111" is one run of four groups.

Whoever looks for a number asks for groups of certain lengths (a shape), so that a table of figures is not
read as one long number; a run that is nothing but one number may be grouped in any way.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MIN_DIGITS = 6
MAX_WHOLE_DIGITS = 19
_RUN = re.compile(r"[0-9](?:[ .\-/()]{0,3}[0-9]){5,}")
_GROUP = re.compile(r"[0-9]+")
_OTHER = bytes(byte if 48 <= byte < 58 else 32 for byte in range(256))
_LENGTH_CODES = "0123456789ABCDEFGHIJ"  # of a group's length; longer ones are "Z"


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring groups of one run. `shape` has a character for the length of each: "4444", "G" for 16."""

    digits: str
    shape: str
    start: int
    end: int
    whole: bool  # there is nothing else in the run


def may_hold_runs(latin: bytes) -> bool:
    """Whether a run of MIN_DIGITS can be there: a tenth of what looking for one costs."""
    return any(len(run) >= MIN_DIGITS for run in latin.translate(_OTHER, b" -./()").split())


def windows(text: str, shapes: "ShapeTable", wanted: Callable[[str, int], bool]) -> Iterator[Window]:
    """Each run as a whole, and the parts of it that have a known shape, where `wanted` (of the shape and the
    number of digits) says that they can be something."""
    for run in _RUN.finditer(text):
        groups = [found.span() for found in _GROUP.finditer(text, *run.span())]
        shape = "".join([_length_code(end - start) for start, end in groups])
        size = sum([end - start for start, end in groups])
        if size <= MAX_WHOLE_DIGITS:
            if wanted(shape, size):
                yield _window(text, groups, shape, 0, len(groups))
            if len(groups) == 1:
                continue
        for first, code in enumerate(shape):
            for known in shapes.get(code, ()):
                if shape.startswith(known, first) and (len(known) < len(groups) or size > MAX_WHOLE_DIGITS):
                    yield _window(text, groups, shape, first, first + len(known))


ShapeTable = dict[str, tuple[str, ...]]


def shape_table(shapes: set[str]) -> ShapeTable:
    """By first group, which is how they are looked for."""
    table: dict[str, list[str]] = {}
    for shape in sorted(shapes):
        table.setdefault(shape[0], []).append(shape)
    return {first: tuple(known) for first, known in table.items()}


def _window(text: str, groups: list[tuple[int, int]], shape: str, first: int, after: int) -> Window:
    part = groups[first:after]
    digits = "".join(text[start:end] for start, end in part)
    return Window(digits, shape[first:after], part[0][0], part[-1][1], after - first == len(groups))


def _length_code(length: int) -> str:
    return _LENGTH_CODES[length] if length < len(_LENGTH_CODES) else "Z"
