"""A trained router's curve as a picture: quality over cost, with its interval, chance and both models. Pure.

Without script; the colours are those of the page's style sheet, by class, and a table says the same in words.
"""

from html import escape

from routing.core.trained import ALWAYS, MICRO, NEVER, Point, TrainedRouter

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 300, 56, 40, 14, 14
NANO_PER_USD = 1_000_000_000
TICKS = 4


def curve_picture(router: TrainedRouter, *, ident: str) -> str:
    """An SVG, and the table of what it draws; a sentence where the router has no curve."""
    points = sorted(router.points, key=lambda point: point.cost_nano)
    if len(points) < 2 or points[0].cost_nano == points[-1].cost_nano:
        return "<p>No curve was measured.</p>"
    frame = _Frame(points)
    chosen = next((point for point in points if point.threshold == router.threshold), None)
    parts = [
        frame.axes(),
        f'<polygon class="sb-curve-band" points="{frame.band()}"/>',
        frame.line((points[0], points[-1]), "sb-curve-chance"),
        frame.line(points, "sb-curve-line"),
        frame.dot(points[0], "sb-curve-end", f"always {router.weak}"),
        frame.dot(points[-1], "sb-curve-end", f"always {router.strong}"),
        *([frame.dot(chosen, "sb-curve-chosen", "the threshold")] if chosen else []),
    ]
    words = (
        f"Quality over cost per request, from always {router.weak} to always {router.strong}; the straight "
        "line is drawing by lot."
    )
    return (
        f'<figure class="sb-curve"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{escape(ident)}"><title id="{escape(ident)}">{escape(words)}</title>'
        f"{''.join(parts)}</svg><figcaption>{escape(words)}</figcaption></figure>{_table(router, points)}"
    )


class _Frame:
    """Where the points lie: cost from left to right, quality from the bottom up."""

    def __init__(self, points: list[Point]) -> None:
        self.points = points
        self.cheapest, self.dearest = points[0].cost_nano, points[-1].cost_nano
        self.worst = min(point.low for point in points)
        self.best = max(max(point.high for point in points), self.worst + 1)

    def x(self, cost_nano: float) -> float:
        share = (cost_nano - self.cheapest) / (self.dearest - self.cheapest)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, quality: float) -> float:
        share = (quality - self.worst) / (self.best - self.worst)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)

    def band(self) -> str:
        there = [f"{self.x(point.cost_nano)},{self.y(point.high)}" for point in self.points]
        back = [f"{self.x(point.cost_nano)},{self.y(point.low)}" for point in reversed(self.points)]
        return " ".join(there + back)

    def line(self, points: "list[Point] | tuple[Point, ...]", css: str) -> str:
        path = " ".join(f"{self.x(point.cost_nano)},{self.y(point.quality)}" for point in points)
        return f'<polyline class="{css}" fill="none" points="{path}"/>'

    def dot(self, point: Point, css: str, words: str) -> str:
        place = f'cx="{self.x(point.cost_nano)}" cy="{self.y(point.quality)}"'
        return f'<circle class="{css}" {place} r="5"><title>{escape(words)}</title></circle>'

    def axes(self) -> str:
        parts = []
        for step in range(TICKS + 1):
            quality = self.worst + (self.best - self.worst) * step / TICKS
            cost = self.cheapest + (self.dearest - self.cheapest) * step / TICKS
            parts.append(
                f'<line class="sb-curve-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(quality)}" '
                f'y2="{self.y(quality)}"/>'
                f'<text x="{LEFT - 6}" y="{self.y(quality) + 4}" text-anchor="end">'
                f"{quality / MICRO:.3f}</text>"
                f'<text x="{self.x(cost)}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{_anchor(step)}">'
                f"{_usd(cost)}</text>"
            )
        return f'<g class="sb-curve-axes">{"".join(parts)}</g>'


def _anchor(step: int) -> str:
    return "start" if step == 0 else "end" if step == TICKS else "middle"


def _usd(cost_nano: float) -> str:
    return f"{cost_nano / NANO_PER_USD:.6f}"


def _table(router: TrainedRouter, points: list[Point]) -> str:
    """By lot is what the same share of strong calls would come to, drawn without looking."""
    weak, strong = points[0], points[-1]
    rows = []
    for point in points:
        share = (point.cost_nano - weak.cost_nano) / (strong.cost_nano - weak.cost_nano)
        by_lot = weak.quality + share * (strong.quality - weak.quality)
        mark = " (in force)" if point.threshold == router.threshold else ""
        named = {NEVER: f"always {router.weak}", ALWAYS: f"always {router.strong}"}
        cells = (
            f"{point.strong_share / 10:.0f} %",
            f"{point.quality / MICRO:.3f}",
            f"{point.low / MICRO:.3f} to {point.high / MICRO:.3f}",
            f"{by_lot / MICRO:.3f}",
            f"{point.most_loss / MICRO:.3f}",
            _usd(point.cost_nano),
        )
        rows.append(
            f'<tr><th scope="row">{escape(named.get(point.threshold, str(point.threshold)))}{mark}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    most_loss = f"Loss against {router.strong} at most (95 %)"
    heads = ("Threshold", "Strong", "Quality", "95 % interval", "At the same cost by lot", most_loss)
    return (
        '<div class="sb-scroll" tabindex="0" role="region" aria-label="The curve in figures">'
        '<table class="sb-table"><thead><tr>'
        + "".join(f'<th scope="col">{escape(head)}</th>' for head in (*heads, "USD a request"))
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
