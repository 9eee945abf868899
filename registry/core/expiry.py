"""How early an end is announced: 90, 30 and 7 days ahead."""

DAY_US = 24 * 3600 * 1_000_000
NOTICE_DAYS = (7, 30, 90)


def notice_days(ends_us: int | None, now_us: int) -> int | None:
    """The least of NOTICE_DAYS within which the end comes; 0 where it is over, None where it is far."""
    if ends_us is None:
        return None
    if ends_us <= now_us:
        return 0
    return next((days for days in NOTICE_DAYS if ends_us - now_us <= days * DAY_US), None)
