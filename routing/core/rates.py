"""Which price holds for which kind of use: of a price row, at a time of day, at a length of input.

A kind that has no price is unknown, which is never zero. Two fall back on another, because providers bill
them so: what a cache reads or writes is input, and reasoning is output.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from routing.core.release import Band, Price

DAY_MIN = 24 * 60
MIN_US = 60 * 1_000_000
ONE_MILLIONTHS = 1_000_000  # the factor of a band that has none

# Kind → field of Price. The amounts of bands are by kind.
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "input": "input_nano_per_mtok",
        "output": "output_nano_per_mtok",
        "cache_read": "cache_read_nano_per_mtok",
        "cache_write": "cache_write_nano_per_mtok",
        "cache_write_1h": "cache_write_1h_nano_per_mtok",
        "reasoning": "reasoning_nano_per_mtok",
        "audio_input": "audio_input_nano_per_mtok",
        "audio_output": "audio_output_nano_per_mtok",
        "image_input": "image_input_nano_per_mtok",
        "image_output": "image_output_nano_per_mtok",
        "audio": "audio_nano_per_hour",
        "characters": "characters_nano_per_mchar",
        "request": "request_nano",
    }
)
FALLS_BACK: Mapping[str, str] = MappingProxyType(
    {
        "cache_read": "input",
        "cache_write": "input",
        "cache_write_1h": "cache_write",
        "image_input": "input",
        "reasoning": "output",
    }
)
INPUT_KINDS: tuple[str, ...] = ("input", "cache_read", "cache_write", "cache_write_1h", "image_input")
OUTPUT_KINDS: tuple[str, ...] = ("output", "reasoning", "image_output")
TOKEN_KINDS = (*INPUT_KINDS, *OUTPUT_KINDS, "audio_input", "audio_output")

Rates = dict[str, int]  # kind → nano-dollars per unit; a kind that is absent is unknown


def rates_at(
    price: Price, *, at_us: int, input_tokens: int, batch: bool, service_tier: str = ""
) -> tuple[Rates, int]:
    """(what each priced kind costs, the factor on all of it in millionths): the row's own prices, and over
    them those of each band that holds, in order."""
    rates, factor = own_rates(price), ONE_MILLIONTHS
    for band in price.bands:
        if band.service_tier not in ("", service_tier):
            continue
        if holds(band, at_us=at_us, input_tokens=input_tokens, batch=batch):
            rates.update(band.rates)
            factor = factor if band.factor_millionths is None else band.factor_millionths
    return rates, factor


def own_rates(price: Price) -> Rates:
    """Without the bands."""
    return {kind: nano for kind, name in FIELDS.items() if (nano := getattr(price, name)) is not None}


def dearest_rates(
    price: Price, *, input_tokens: int, batch: bool, service_tier: str = ""
) -> tuple[Rates, int]:
    """As `rates_at`, at most: whatever the time of day, for any input of up to `input_tokens`, and whether
    the provider serves it at the tier that was asked for or at its usual one. What a batch costs on no other
    condition is certain, so it takes the place of what is above it."""
    rates, factor = own_rates(price), ONE_MILLIONTHS
    for band in price.bands:
        if (band.batch and not batch) or band.service_tier not in ("", service_tier):
            continue
        if input_tokens <= (band.above_input_tokens or -1):
            continue
        if _is_of_every_batch(band):
            rates.update(band.rates)
            factor = factor if band.factor_millionths is None else band.factor_millionths
            continue
        for kind, nano in band.rates:
            rates[kind] = max(nano, rates.get(kind, 0))
        factor = max(factor, band.factor_millionths or 0)
    return rates, factor


def _is_of_every_batch(band: Band) -> bool:
    return band.batch and (band.above_input_tokens, band.window, band.service_tier) == (None, None, "")


def rate_of(kind: str, rates: Mapping[str, int]) -> int | None:
    """The price of `kind`, or of what it falls back on; None where it is unknown."""
    while kind not in rates:
        if kind not in FALLS_BACK:
            return None
        kind = FALLS_BACK[kind]
    return rates[kind]


def holds(band: Band, *, at_us: int, input_tokens: int, batch: bool) -> bool:
    """Whether the band's conditions on length, time and batch do."""
    if band.batch and not batch:
        return False
    if band.above_input_tokens is not None and input_tokens <= band.above_input_tokens:
        return False
    if band.window is None:
        return True
    start, end = band.window
    minute = at_us // MIN_US % DAY_MIN
    return start <= minute < end if start < end else minute >= start or minute < end


def unpriced_kind(price: Price, operation: str, needs: Collection[str] = ()) -> str:
    """The kind whose price is missing for calls of `operation`; "" where such calls can be priced."""
    if operation == "chat":
        missing = _missing(price, "input", "output")
        unheard = "audio" in needs and not missing and not _any(price, "audio_input", "audio_output", "audio")
        return "audio_input" if unheard else missing
    if operation == "images":
        return "" if price.pictures or _any(price, "image_output") else "picture"
    if operation == "speech":
        return "" if _any(price, "characters", "audio", "audio_output", "output") else "characters"
    if operation == "transcriptions":
        by_tokens = _any(price, "audio_input", "input") and not _missing(price, "output")
        return "" if by_tokens or _any(price, "audio") else "audio"
    return _missing(price, "input")


def _missing(price: Price, *kinds: str) -> str:
    return next((kind for kind in kinds if getattr(price, FIELDS[kind]) is None), "")


def _any(price: Price, *kinds: str) -> bool:
    return any(getattr(price, FIELDS[kind]) is not None for kind in kinds)
