"""What a call costs, in integer nano-dollars: exactly for what was used, and at worst for what may be used.

Pure, and rounded up once, at the end: `cost(price row, use, at)` gives the amount of a charge again for as
long as the row is kept.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import lru_cache

from routing.core.rates import (
    INPUT_KINDS,
    ONE_MILLIONTHS,
    OUTPUT_KINDS,
    TOKEN_KINDS,
    Rates,
    dearest_rates,
    own_rates,
    rate_of,
    rates_at,
)
from routing.core.release import Picture, Price

TOKENS_PER_MTOK = 1_000_000
CHARACTERS_PER_MCHAR = 1_000_000
MS_PER_HOUR = 3_600_000
_WHOLE = 18_000_000  # the least that all of these divide
_PER_TOKEN = _WHOLE // TOKENS_PER_MTOK  # and a character
_PER_MS = _WHOLE // MS_PER_HOUR
_TOKENS = frozenset(TOKEN_KINDS)
_OUTPUT = frozenset({*OUTPUT_KINDS, "audio_output"})
_IN_PLACE_OF_TOKENS = frozenset({"picture", "audio", "characters"})
_UNITS = {"audio": MS_PER_HOUR, "characters": CHARACTERS_PER_MCHAR, "request": 1, "picture": 1}


@dataclass(frozen=True, slots=True)
class Use:
    """What one attempt used.

    `input_tokens` includes what a cache read and wrote, and audio and images; `output_tokens` includes
    reasoning, and audio and images; `cache_write_tokens` includes those kept for an hour.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    input_audio_tokens: int = 0
    output_audio_tokens: int = 0
    input_image_tokens: int = 0
    output_image_tokens: int = 0
    pictures: int = 0
    picture_size: str = ""  # "" is unknown, and costs what the dearest does
    picture_quality: str = ""
    audio_ms: int = 0
    characters: int = 0
    service_tier: str = ""  # as the provider said; "" is its usual one


@dataclass(frozen=True, slots=True)
class Line:
    """One kind that a cost is made of: how much of it, and what a unit of it costs."""

    kind: str
    count: int
    rate_nano: int


@dataclass(frozen=True, slots=True)
class Cost:
    """`unpriced` names what was used at no known price: where there is any, `nano` does not cover it."""

    nano: int
    lines: tuple[Line, ...]
    factor_millionths: int = ONE_MILLIONTHS
    unpriced: tuple[str, ...] = ()


def cost(price: Price, use: Use, *, at_us: int, batch: bool = False) -> Cost:
    """The cost of one attempt at `price` that ended at `at_us`, and the kinds that made it.

    Where a row sells by tokens, each kind of token needs a price; where it sells by pictures, audio or
    characters alone, tokens cost nothing beside them.
    """
    rates, factor = rates_at(
        price,
        at_us=at_us,
        input_tokens=use.input_tokens,
        batch=batch,
        service_tier=use.service_tier,
    )
    tokens = list(token_counts(use))
    counts = [*_other_counts(price, use), *tokens]
    found = {
        kind: _picture_nano(price, use) if kind == "picture" else rate_of(kind, rates) for kind, _ in counts
    }
    priced = {kind for kind, rate in found.items() if rate is not None}
    by_tokens = any(kind in rates for kind in TOKEN_KINDS)
    unpriced = [
        kind for kind, rate in found.items() if rate is None and not _is_paid(kind, priced, by_tokens)
    ]
    unpriced += [kind for kind in _parts_alone(use) if not _is_paid(kind, priced, by_tokens)]
    lines = [Line(kind, count, rate) for kind, count in counts if (rate := found[kind]) is not None]
    if rates.get("request"):
        lines.append(Line("request", 1, rates["request"]))
    return Cost(_sum(lines, factor), tuple(lines), factor, tuple(unpriced))


def _is_paid(kind: str, priced: Set[str], by_tokens: bool) -> bool:
    """Whether what has no price of its own is paid by what else was told of the same call: pictures and
    sound by their tokens, or their tokens by them; and any token where no token is sold."""
    measures = priced & _IN_PLACE_OF_TOKENS
    if kind == "picture":
        return bool(priced & _OUTPUT)
    if kind in _IN_PLACE_OF_TOKENS:
        return bool(priced & _TOKENS)
    if kind == "image_output":
        return "picture" in measures
    if kind in ("audio_input", "audio_output"):
        return bool(measures)
    return bool(measures) and not by_tokens


def _parts_alone(use: Use) -> Iterator[str]:
    """Kinds that were used as a part of what is told to be nothing: how much it was is not known."""
    inputs = (
        ("audio_input", use.input_audio_tokens),
        ("image_input", use.input_image_tokens),
        ("cache_read", use.cache_read_tokens),
        ("cache_write", use.cache_write_tokens),
        ("cache_write_1h", use.cache_write_1h_tokens),
    )
    outputs = (
        ("audio_output", use.output_audio_tokens),
        ("image_output", use.output_image_tokens),
        ("reasoning", use.reasoning_tokens),
    )
    for whole, parts in ((use.input_tokens, inputs), (use.output_tokens, outputs)):
        if whole <= 0:
            yield from (kind for kind, count in parts if count)


def token_counts(use: Use) -> Iterator[tuple[str, int]]:
    """(kind, tokens) with none counted twice. Parts that together pass the whole are cut to it; audio and
    images come first, so that what is both cached and audio costs what audio does."""
    rest = max(use.input_tokens, 0)
    hour = min(max(use.cache_write_1h_tokens, 0), max(use.cache_write_tokens, 0))
    parts = (
        ("audio_input", use.input_audio_tokens),
        ("image_input", use.input_image_tokens),
        ("cache_read", use.cache_read_tokens),
        ("cache_write_1h", hour),
        ("cache_write", use.cache_write_tokens - hour),
    )
    yield from _split("input", rest, parts)
    outputs = (
        ("audio_output", use.output_audio_tokens),
        ("image_output", use.output_image_tokens),
        ("reasoning", use.reasoning_tokens),
    )
    yield from _split("output", max(use.output_tokens, 0), outputs)


def worst_case_nano(
    price: Price,
    *,
    input_tokens: int,
    output_tokens: int,
    audio: bool = True,
    pictures: int = 0,
    audio_ms: int = 0,
    characters: int = 0,
    batch: bool = False,
    service_tier: str = "",
) -> int:
    """What one attempt costs at most: every token at the dearest kind of its direction, at the dearest time
    of day and length of input that it may have. `audio` says whether audio may be among the tokens."""
    lengths = [band.above_input_tokens for band in price.bands if band.above_input_tokens is not None]
    passed = max((length for length in lengths if length < input_tokens), default=-1)
    most = _ceiling(price, passed, audio, batch, service_tier)
    whole = _PER_TOKEN * (input_tokens * most.input + output_tokens * most.output)
    if audio_ms or characters or pictures:
        sound = billed_ms(price, audio_ms)
        whole += _PER_MS * sound * most.audio + _PER_TOKEN * characters * most.characters
        whole += _WHOLE * pictures * most.picture
    whole += _WHOLE * most.request
    return -(-whole * most.factor_millionths // (_WHOLE * ONE_MILLIONTHS))


@dataclass(frozen=True, slots=True)
class _Ceiling:
    """The dearest of what a row may ask for a unit of each."""

    input: int
    output: int
    audio: int
    characters: int
    request: int
    picture: int
    factor_millionths: int


@lru_cache(maxsize=8192)
def _ceiling(price: Price, passed: int, audio: bool, batch: bool, service_tier: str) -> _Ceiling:
    """Of an input that is longer than `passed`, and than no further length of the row."""
    rates, factor = dearest_rates(price, input_tokens=passed + 1, batch=batch, service_tier=service_tier)
    return _Ceiling(
        input=_dearest(rates, (*INPUT_KINDS, "audio_input") if audio else INPUT_KINDS),
        output=_dearest(rates, (*OUTPUT_KINDS, "audio_output") if audio else OUTPUT_KINDS),
        audio=rates.get("audio", 0),
        characters=rates.get("characters", 0),
        request=rates.get("request", 0),
        picture=max((shown.nano for shown in price.pictures), default=0),
        factor_millionths=factor,
    )


def least_output_nano(price: Price, output_tokens: int) -> int:
    """What `output_tokens` cost at least, whatever the conditions; 0 where that is unknown."""
    rates = [own_rates(price), *(dict(band.rates) for band in price.bands)]
    factors = [band.factor_millionths for band in price.bands if band.factor_millionths is not None]
    least = min((held["output"] for held in rates if "output" in held), default=0)
    return output_tokens * least * min([ONE_MILLIONTHS, *factors]) // (TOKENS_PER_MTOK * ONE_MILLIONTHS)


def billed_ms(price: Price, audio_ms: int) -> int:
    """Of so much sound: whole steps, and at least the row's least. None costs nothing."""
    if audio_ms <= 0:
        return 0
    step = price.audio_step_ms or 1
    return max(-(-audio_ms // step) * step, price.audio_least_ms or 0)


def _other_counts(price: Price, use: Use) -> Iterator[tuple[str, int]]:
    sound = billed_ms(price, use.audio_ms)
    counts = (("picture", use.pictures), ("audio", sound), ("characters", use.characters))
    yield from ((kind, count) for kind, count in counts if count > 0)


def _split(whole: str, rest: int, parts: tuple[tuple[str, int], ...]) -> Iterator[tuple[str, int]]:
    for kind, said in parts:
        count = min(max(said, 0), rest)
        rest -= count
        if count:
            yield kind, count
    if rest:
        yield whole, rest


def _picture_nano(price: Price, use: Use) -> int | None:
    """By the row that says most of the picture; the dearest that it may be, where not all of it is known."""
    sizes = {use.picture_size} if use.picture_size else {shown.size for shown in price.pictures}
    qualities = {use.picture_quality} if use.picture_quality else {shown.quality for shown in price.pictures}
    found = (_of_picture(price, size, quality) for size in sizes for quality in qualities)
    return max((nano for nano in found if nano is not None), default=None)


def _of_picture(price: Price, size: str, quality: str) -> int | None:
    """Of the rows that fit, by the one that says most; a part that no row names is empty."""
    fits = [shown for shown in price.pictures if shown.size in ("", size) and shown.quality in ("", quality)]
    said = max((_says(shown) for shown in fits), default=0)
    return max((shown.nano for shown in fits if _says(shown) == said), default=None)


def _says(shown: Picture) -> int:
    return bool(shown.size) + bool(shown.quality)


def _dearest(rates: Rates, kinds: tuple[str, ...]) -> int:
    return max((rates[kind] for kind in kinds if kind in rates), default=0)


def _sum(lines: list[Line], factor_millionths: int) -> int:
    """Rounded up to a nano-dollar, once."""
    total = sum(
        line.count * line.rate_nano * (_WHOLE // _UNITS.get(line.kind, TOKENS_PER_MTOK)) for line in lines
    )
    return -(-total * factor_millionths // (_WHOLE * ONE_MILLIONTHS))
