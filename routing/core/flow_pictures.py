"""Where data goes, as a picture: classes on the left, deployments, and who runs them where on the right.

A deployment is one model in one place, so that every way from left to right is a way that there is.
A line that is thin and broken is a way that is open; a thick one was taken; a red one was taken and is closed
now. Pure and without script; the colours are the page's style sheet's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from routing.core.data_flows import Flow

BOX_WIDTH = 190
BOX_HEIGHT = 30
ROW_HEIGHT = 44
COLUMN_WIDTH = 330
MARGIN = 6
MAX_LABEL_CHARS = 26
OPEN, TAKEN, STRAY = "open", "taken", "stray"
_WORDS = {OPEN: "may go to", TAKEN: "went to", STRAY: "went, and may no more go, to"}
_RANK = {OPEN: 0, TAKEN: 1, STRAY: 2}


@dataclass(frozen=True, slots=True)
class _Line:
    column: int
    start: str
    end: str
    state: str


def flow_picture(flows: Iterable[Flow], *, ident: str, title: str) -> str:
    """An SVG; `ident` is unique on its page. Words for each line are in its description."""
    lines = _lines(flows)
    columns = [_names(lines, column) for column in range(3)]
    rows = max((len(names) for names in columns), default=0)
    height = 2 * MARGIN + max(rows, 1) * ROW_HEIGHT
    width = 2 * MARGIN + 2 * COLUMN_WIDTH + BOX_WIDTH
    places = {
        (column, name): (row + 0.5) * (height - 2 * MARGIN) / len(names) + MARGIN
        for column, names in enumerate(columns)
        for row, name in enumerate(names)
    }
    said = "; ".join(f"{line.start} {_WORDS[line.state]} {line.end}" for line in lines) or "nothing"
    drawn = [_curve(line, places) for line in sorted(lines, key=lambda line: _RANK[line.state])]
    boxes = [_box(column, name, middle) for (column, name), middle in places.items()]
    return (
        f'<svg class="sb-pic sb-flow" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" aria-labelledby="{ident}-t {ident}-d">'
        f'<title id="{ident}-t">{escape(title)}</title><desc id="{ident}-d">{escape(said)}</desc>'
        f"{''.join(drawn)}{''.join(boxes)}</svg>"
    )


def _lines(flows: Iterable[Flow]) -> list[_Line]:
    """Each once, in the gravest of its states."""
    states: dict[tuple[int, str, str], str] = {}
    for flow in flows:
        state = STRAY if flow.is_stray else TAKEN if flow.reached else OPEN
        place = flow.place
        where = f"{place.provider}, {place.region or 'no region'}"
        for key in ((0, place.data_class, place.deployment), (1, place.deployment, where)):
            known = states.get(key, state)
            states[key] = state if _RANK[state] >= _RANK[known] else known
    return [_Line(*key, state) for key, state in states.items()]


def _names(lines: list[_Line], column: int) -> list[str]:
    ends = [line.end for line in lines if line.column == column - 1]
    starts = [line.start for line in lines if line.column == column]
    return list(dict.fromkeys([*starts, *ends]))


def _curve(line: _Line, places: dict[tuple[int, str], float]) -> str:
    left = MARGIN + line.column * COLUMN_WIDTH + BOX_WIDTH
    right = MARGIN + (line.column + 1) * COLUMN_WIDTH
    start, end = places[line.column, line.start], places[line.column + 1, line.end]
    bend = (left + right) / 2
    path = f"M{left:g} {start:g}C{bend:g} {start:g} {bend:g} {end:g} {right:g} {end:g}"
    words = escape(f"{line.start} {_WORDS[line.state]} {line.end}")
    return f'<path class="sb-flow-{line.state}" d="{path}"><title>{words}</title></path>'


def _box(column: int, name: str, middle: float) -> str:
    x, y = MARGIN + column * COLUMN_WIDTH, middle - BOX_HEIGHT / 2
    label = name if len(name) <= MAX_LABEL_CHARS else name[: MAX_LABEL_CHARS - 1] + "…"
    css = "sb-pic-choice" if column == 0 else "sb-pic-call"
    return (
        f'<g class="{css}"><title>{escape(name)}</title>'
        f'<rect x="{x}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7"/>'
        f'<text x="{x + 12}" y="{middle + 4:g}">{escape(label)}</text></g>'
    )
