"""Whether part of a number can be a date of birth."""

_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def day_month(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _LONGEST[month - 1]


def yymmdd(digits: str, *, day_offset: int = 0) -> bool:
    """`day_offset` is what some numbers add to the day for people without a civic registration."""
    day, month = int(digits[4:6]), int(digits[2:4])
    return day_month(day, month) or (day > day_offset > 0 and day_month(day - day_offset, month))


def ddmmyy(digits: str) -> bool:
    return day_month(int(digits[:2]), int(digits[2:4]))


def yyyymmdd(digits: str) -> bool:
    return 1880 <= int(digits[:4]) <= 2079 and yymmdd(digits[2:])
