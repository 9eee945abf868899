"""Budget windows: calendar days, ISO weeks and months in UTC, or all time."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Window(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


def start_of(window: Window, moment: datetime) -> datetime:
    """When the window that holds `moment` began; for TOTAL, the beginning of 1970."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if window is Window.DAY:
        return day
    if window is Window.WEEK:
        return day - timedelta(days=day.weekday())
    if window is Window.MONTH:
        return day.replace(day=1)
    return EPOCH


def end_of(window: Window, moment: datetime) -> datetime | None:
    """When that window ends and the next begins; None for TOTAL."""
    start = start_of(window, moment)
    if window is Window.DAY:
        return start + timedelta(days=1)
    if window is Window.WEEK:
        return start + timedelta(days=7)
    if window is Window.MONTH:
        return (start + timedelta(days=32)).replace(day=1)
    return None


def from_us(at_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=at_us)


def to_us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


class Calendar:
    """Start and end of each window at a time, in seconds; computed once a day, for the hot path."""

    __slots__ = ("_bounds", "_until_s", "_valid_from_s")

    def __init__(self) -> None:
        self._valid_from_s = self._until_s = 0
        self._bounds: dict[Window, tuple[int, int | None]] = {}

    def bounds_s(self, window: Window, now_us: int) -> tuple[int, int | None]:
        """(start, end) of the window at `now_us`, in seconds since the epoch; end is None for TOTAL."""
        now_s = now_us // 1_000_000
        if not self._valid_from_s <= now_s < self._until_s:
            self._turn_to(from_us(now_us))
        return self._bounds[window]

    def _turn_to(self, moment: datetime) -> None:
        bounds: dict[Window, tuple[int, int | None]] = {}
        for window in Window:
            end = end_of(window, moment)
            bounds[window] = (_seconds(start_of(window, moment)), None if end is None else _seconds(end))
        self._bounds = bounds
        day_start, day_end = bounds[Window.DAY]
        self._valid_from_s, self._until_s = day_start, day_end or day_start


def _seconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1)
