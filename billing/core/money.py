"""Money: Decimal dollars at the edges, whole nano-dollars inside. What a call costs is routing.core.cost."""

from decimal import ROUND_CEILING, Decimal

from billing.errors import AmountInvalid

NANO_PER_USD = 1_000_000_000
# Lua counts in doubles, which are exact up to 2**53 (9,007,199 dollars in nano-dollars): no limit and no
# single amount may pass this, so that every comparison in Valkey is exact.
MAX_NANO = 9_000_000 * NANO_PER_USD


def to_nano(usd: Decimal) -> int:
    """Nano-dollars, a fraction of one rounded up; raises AmountInvalid for negative or huge amounts."""
    if not usd.is_finite():
        raise AmountInvalid
    return checked(int((usd * NANO_PER_USD).to_integral_value(rounding=ROUND_CEILING)))


def to_usd(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)


def usd_text(nano: int) -> str:
    """Exact dollars for people and headers: as many decimals as it takes, and at least two."""
    whole, rest = divmod(nano, NANO_PER_USD)
    return f"{whole}.{f'{rest:09d}'.rstrip('0'):0<2}"


def checked(nano: int) -> int:
    """The amount itself; raises AmountInvalid unless it lies between zero and MAX_NANO."""
    if not 0 <= nano <= MAX_NANO:
        raise AmountInvalid(f"{nano} nano-dollars is not an amount between zero and nine million dollars.")
    return nano
