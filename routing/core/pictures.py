"""Routes as pictures: an SVG of the tree, drawn from left to right, with its words for who can't see it.

Pure and without script: the colours are those of the page's style sheet, by class. What a node looks like is
said in routing.core.shapes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from routing.core.parts import ROOT
from routing.core.shape_paths import Paths, paths_below
from routing.core.shapes import RouteValue, Shape, shape_of
from routing.core.words import route_in_words

BOX_WIDTH = 164
BOX_HEIGHT = 38
ROW_HEIGHT = 50
COLUMN_WIDTH = 228
NOTED_COLUMN_WIDTH = 330  # where something is written below the lines
MARGIN = 6
MAX_LABEL_CHARS = 22
MAX_EDGE_CHARS = 11


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of the calls at one path: `edge` is written below the line that leads there, `small` in
    the box, which has the class `css` where that is given."""

    edge: str = ""
    small: str = ""
    css: str = ""


NO_NOTE = Note()


@dataclass(slots=True)
class _Placed:
    """A shape with its place: `row` is the vertical middle, in rows."""

    shape: Shape
    depth: int
    row: float
    note: Note = NO_NOTE
    column_width: int = COLUMN_WIDTH
    below: list[tuple[str, "_Placed"]] = field(default_factory=list)

    @property
    def left(self) -> float:
        return MARGIN + self.depth * self.column_width

    @property
    def middle(self) -> float:
        return MARGIN + (self.row + 0.5) * ROW_HEIGHT


def picture(
    route: RouteValue | None,
    *,
    ident: str,
    title: str,
    other: RouteValue | None = None,
    mark: str = "",
    notes: Mapping[str, Note] | None = None,
) -> str:
    """An SVG of `route` (None refuses); `ident` is unique on its page. Calls that `other` does not make are
    marked with `mark`, “new” or “gone”, in words and by class. `notes` are what is known, by path."""
    root = _placed(route, notes=notes or {})
    nodes = list(_walk(root))
    known = frozenset(calls_of(other)) if mark else None
    width = 2 * MARGIN + max(node.depth for node in nodes) * root.column_width + BOX_WIDTH
    height = 2 * MARGIN + _rows(root) * ROW_HEIGHT
    parts = [_edge(node, edge, below) for node in nodes for edge, below in node.below]
    parts += [_box(node, mark if known is not None and _differs(node, known) else "") for node in nodes]
    words = "refuse" if route is None else route_in_words(dict(route))
    return (
        f'<svg class="sb-pic" role="img" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" aria-labelledby="{ident}-t {ident}-d">'
        f'<title id="{ident}-t">{escape(title)}</title><desc id="{ident}-d">{escape(words)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def calls_of(route: RouteValue | None) -> Iterator[str]:
    """What tells one call of a route from another."""
    if route is None:
        return
    shape = shape_of(route)
    if shape.key:
        yield shape.key
    for _, member in shape.members:
        yield from calls_of(member)


def _placed(
    route: RouteValue | None,
    depth: int = 0,
    first_row: float = 0,
    paths: Paths = (ROOT,),
    *,
    notes: Mapping[str, Note],
) -> _Placed:
    """Leaves take a row each, from the top; what holds members stands in their middle."""
    shape = shape_of(route)
    note = next((notes[path] for path in paths if path in notes), NO_NOTE)
    placed = _Placed(shape, depth, first_row, note, NOTED_COLUMN_WIDTH if notes else COLUMN_WIDTH)
    row = first_row
    places = paths_below(route, paths) if route is not None and shape.members else []
    for (edge, member), under in zip(shape.members, places, strict=True):
        below = _placed(member, depth + 1, row, under, notes=notes)
        placed.below.append((edge, below))
        row += _rows(below)
    if placed.below:
        placed.row = (placed.below[0][1].row + placed.below[-1][1].row) / 2
    return placed


def _rows(placed: _Placed) -> int:
    return sum(_rows(below) for _, below in placed.below) or 1


def _walk(placed: _Placed) -> Iterator[_Placed]:
    yield placed
    for _, below in placed.below:
        yield from _walk(below)


def _differs(node: _Placed, known: frozenset[str]) -> bool:
    return bool(node.shape.key) and node.shape.key not in known


def _edge(node: _Placed, label: str, below: _Placed) -> str:
    start, end = node.left + BOX_WIDTH, below.left
    bend = (start + end) / 2
    curve = f"C{bend:g} {node.middle:g} {bend:g} {below.middle:g} {end:g} {below.middle:g}"
    line = f'<path d="M{start:g} {node.middle:g} {curve}"/>'
    above = _on_edge(_cut(label, MAX_EDGE_CHARS), end, below.middle - 5)
    return f"{line}{above}{_on_edge(below.note.edge, end, below.middle + 13)}"


def _on_edge(text: str, end: float, y: float) -> str:
    if not text:
        return ""
    place = f'x="{end - 6:g}" y="{y:g}" text-anchor="end"'
    return f'<text class="sb-pic-small sb-pic-edge" {place}>{escape(text)}</text>'


def _box(node: _Placed, mark: str) -> str:
    shape, x, y = node.shape, node.left, node.middle - BOX_HEIGHT / 2
    small = " · ".join(text for text in (shape.small, mark, node.note.small) if text)
    css = f"sb-pic-{mark or node.note.css or shape.css}"
    first = node.middle + (-2 if small else 4)
    parts = [
        f'<g class="{css}"><title>{escape(" ".join(text for text in (shape.title, small) if text))}</title>',
        f'<rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7"/>',
        f'<text x="{x + 12:g}" y="{first:g}">{escape(_cut(shape.title, MAX_LABEL_CHARS))}</text>',
    ]
    if small:
        text = escape(_cut(small, MAX_LABEL_CHARS + 4))
        parts.append(f'<text class="sb-pic-small" x="{x + 12:g}" y="{node.middle + 12:g}">{text}</text>')
    return "".join([*parts, "</g>"])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
