"""What is left of a key's limits per minute, in the headers that OpenAI's clients know."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from billing.live import RateLine

MINUTE_S = 60


def allowance_headers(left: Iterable[tuple[RateLine, int]]) -> dict[str, str]:
    """`left`: each limit, and in how many microseconds its bucket is full again."""
    headers: dict[str, str] = {}
    for rate, full_in_us in left:
        headers |= _of(rate, rate.left(full_in_us), full_in_us / 1_000_000)
    return headers


def refused_headers(rates: Iterable[RateLine], name: str, wait_s: float | None) -> dict[str, str]:
    """Of the limit that has no room, and when what was asked for fits; without a wait it never does."""
    found = next((rate for rate in rates if rate.key == name), None)
    return {} if found is None else _of(found, 0, MINUTE_S if wait_s is None else wait_s)


def _of(rate: RateLine, remaining: int, reset_s: float) -> dict[str, str]:
    kind = rate.key.rpartition(":")[2]
    return {
        f"x-ratelimit-limit-{kind}": str(rate.per_min),
        f"x-ratelimit-remaining-{kind}": str(remaining),
        f"x-ratelimit-reset-{kind}": f"{reset_s:.3f}s",
    }


def anthropic_headers(told: Mapping[str, str], now: datetime | None = None) -> dict[str, str]:
    """The same in the headers that Anthropic's clients know, whose reset is a time."""
    headers: dict[str, str] = {}
    for kind in ("requests", "tokens"):
        reset = told.get(f"x-ratelimit-reset-{kind}")
        if reset is None:
            continue
        at = (now or datetime.now(UTC)) + timedelta(seconds=float(reset.removesuffix("s")))
        for part in ("limit", "remaining"):
            headers[f"anthropic-ratelimit-{kind}-{part}"] = told[f"x-ratelimit-{part}-{kind}"]
        headers[f"anthropic-ratelimit-{kind}-reset"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return headers
