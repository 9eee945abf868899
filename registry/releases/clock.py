"""Time as releases hold it: integer microseconds since the epoch, UTC."""

from datetime import UTC, date, datetime, time, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


def to_us(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def to_us_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)


def from_us(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def day_begins_us(day: date) -> int:
    return to_us(datetime.combine(day, time(), UTC))


def day_ends_us(day: date) -> int:
    """The first microsecond after `day`."""
    return to_us(datetime.combine(day, time(), UTC) + DAY)
