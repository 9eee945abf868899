"""Geometry of the dashboard's charts: numbers in, rectangles for an inline SVG out. No script, no asset."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 720
HEIGHT = 180
LEFT = 44
BOTTOM = 22
TOP = 8
GRID_LINES = 3
MAX_LABELS = 8


@dataclass(frozen=True, slots=True)
class Column:
    """One bucket: its label and one number for each series, in the order of the legend."""

    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: int  # from 1, as the style sheet numbers them
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class StackedBars:
    series: tuple[str, ...]
    columns: tuple[Column, ...]
    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH
    baseline: int = HEIGHT - BOTTOM

    @property
    def empty(self) -> bool:
        return not self.bars


def stacked_bars(series: Sequence[str], columns: Sequence[Column]) -> StackedBars:
    """Columns from left to right, the first series at the bottom of each."""
    top = nice_ceiling(max((sum(column.values) for column in columns), default=0))
    step = (WIDTH - LEFT) / max(len(columns), 1)
    bars = [
        bar
        for index, column in enumerate(columns)
        for bar in _stack(column, series, LEFT + index * step, step, top)
    ]
    every = max(1, -(-len(columns) // MAX_LABELS))
    x_ticks = [
        Tick(round(LEFT + (index + 0.5) * step, 1), column.label)
        for index, column in enumerate(columns)
        if index % every == 0
    ]
    levels = [top * line // GRID_LINES for line in range(GRID_LINES + 1)]
    y_ticks = [Tick(_y(level, top), f"{level:,}") for level in dict.fromkeys(levels)]
    return StackedBars(tuple(series), tuple(columns), tuple(bars), tuple(x_ticks), tuple(y_ticks))


def nice_ceiling(value: int) -> int:
    """The least of 3, 6, 15, 30, 60, 150, … that is not under `value`: divisible by the grid lines."""
    scale = GRID_LINES
    while True:
        for factor in (1, 2, 5):
            if scale * factor >= value:
                return scale * factor
        scale *= 10


def _stack(column: Column, series: Sequence[str], x: float, step: float, top: int) -> list[Bar]:
    bars, below = [], 0
    for number, (name, value) in enumerate(zip(series, column.values, strict=True), start=1):
        if value:
            y, base = _y(below + value, top), _y(below, top)
            title = f"{column.label}: {value:,} {name}"
            bars.append(
                Bar(round(x + step * 0.1, 1), y, round(step * 0.8, 1), round(base - y, 1), number, title)
            )
        below += value
    return bars


def _y(value: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top, 1)
