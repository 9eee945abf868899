"""Sets of moments as disjoint half-open spans of microseconds, in order. Open ends are far away, not None."""

from collections.abc import Iterable

Span = tuple[int, int]  # from, until (exclusive)
Spans = tuple[Span, ...]

BEGINNING_US = -(1 << 62)
END_US = 1 << 62
EVER: Spans = ((BEGINNING_US, END_US),)
NEVER: Spans = ()


def span(begins_us: int | None, ends_us: int | None) -> Span:
    return BEGINNING_US if begins_us is None else begins_us, END_US if ends_us is None else ends_us


def union(spans: Iterable[Span]) -> Spans:
    """Spans that meet become one; empty ones are left out."""
    found: list[Span] = []
    for begins_us, ends_us in sorted(each for each in spans if each[0] < each[1]):
        if found and begins_us <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends_us)
        else:
            found.append((begins_us, ends_us))
    return tuple(found)


def common(first: Spans, second: Spans) -> Spans:
    """The moments that are in both."""
    return union((max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second)


def holds(spans: Spans, now_us: int) -> bool:
    return any(begins_us <= now_us < ends_us for begins_us, ends_us in spans)
