"""What providers tell of their limits, beside good answers and bad ones: how much is left, and when more is.

Most of these limits are buckets that refill steadily, and the reset that is told is when they are full again.
So where nothing is left of requests, one more fits after the limit's share of that time; where the limit is
not told, after all of it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import NamedTuple

from routing.adapters.contract import Allowance

MAX_WAIT_S = 86_400.0
REFILLED_TOKENS = 0.05  # of the bucket: enough for most requests
_MINUTE = "60"
_EPOCH_S = 1_000_000_000  # a larger reset is no time to wait but a point in time
_EPOCH_MS = 1_000_000_000_000
_LAST_S = 100_000_000_000.0
_UNITS_S = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_UNIT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|d|h|m|s)")
_DURATION = re.compile(rf"(?:{_UNIT.pattern}){{1,5}}")


class _Form(NamedTuple):
    """The headers of one limit. `usual` is its reset where none is told."""

    of: str  # requests | tokens
    remaining: str
    limit: str
    reset: str
    usual: str = ""


def _anthropic(of: str, kind: str) -> _Form:
    name = f"anthropic-ratelimit-{kind}"
    return _Form(of, f"{name}-remaining", f"{name}-limit", f"{name}-reset")


def _openai(of: str, kind: str, usual: str = "") -> _Form:
    remaining, limit, reset = (f"x-ratelimit-{part}-{kind}" for part in ("remaining", "limit", "reset"))
    return _Form(of, remaining, limit, reset, usual)


_FORMS = (
    _openai("requests", "requests"),
    _openai("tokens", "tokens"),
    _anthropic("requests", "requests"),
    _anthropic("tokens", "tokens"),
    _anthropic("tokens", "input-tokens"),
    _anthropic("tokens", "output-tokens"),
    _openai("requests", "req-minute", _MINUTE),  # Mistral
    _openai("tokens", "tokens-minute", _MINUTE),  # Mistral, Cerebras
    _openai("requests", "requests-day"),  # Cerebras
    _Form("requests", "x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset"),  # OpenRouter
    _Form("requests", "ratelimit-remaining", "ratelimit-limit", "ratelimit-reset"),
)


def allowance_of(headers: Mapping[str, str]) -> Allowance | None:
    """What is left, the least of each kind; None where nothing is told. Names are in lower case."""
    found = [form for form in _FORMS if form.remaining in headers]
    if not found:
        return None
    left: dict[str, int] = {}
    wait_s = 0.0
    for form in found:
        remaining = number(headers[form.remaining])
        if remaining is None or not isfinite(remaining):
            continue
        left[form.of] = min(int(remaining), left.get(form.of, int(remaining)))
        if remaining <= 0:
            wait_s = max(wait_s, _until_some(form, headers))
    return Allowance(left.get("requests"), left.get("tokens"), wait_s) if left else None


def until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until every limit that is used up is full again; None where that is not told."""
    waits = [
        wait_of(headers.get(form.reset, ""), headers.get("date"))
        for form in _FORMS
        if headers.get(form.remaining) == "0"
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def _until_some(form: _Form, headers: Mapping[str, str]) -> float:
    """Seconds until something of an empty bucket is there again."""
    reset_s = wait_of(headers.get(form.reset, form.usual), headers.get("date"))
    limit = number(headers.get(form.limit, ""))
    if not reset_s:
        return 0.0
    if not limit or limit <= 0:
        return reset_s
    return reset_s * max(1 / limit, REFILLED_TOKENS if form.of == "tokens" else 0.0)


def wait_of(text: str, now: str | None) -> float | None:
    """The wait that `text` says: seconds, a duration as `6m0.5s`, or a time, as text or since the epoch.

    A time is measured from the response's own date `now`, so that neither clock matters; without one it is
    not known.
    """
    plain = number(text)
    if plain is not None and not plain >= _EPOCH_S:
        return bounded_wait(plain)
    if plain is not None:
        return _since(datetime.fromtimestamp(0, UTC) + _since_epoch(plain), now)
    if _DURATION.fullmatch(text):
        return bounded_wait(sum(float(number) * _UNITS_S[unit] for number, unit in _UNIT.findall(text)))
    return until(text, now)


def until(text: str, now: str | None) -> float | None:
    """Seconds from `now` to the time that `text` says, as HTTP or ISO 8601 writes it."""
    try:
        at = datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return _since(at, now)


def _since(at: datetime, now: str | None) -> float | None:
    if now is None:
        return None
    try:
        return bounded_wait(max(0.0, (at - parsedate_to_datetime(now)).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return None


def _since_epoch(value: float) -> timedelta:
    return timedelta(seconds=min(value / 1000 if value >= _EPOCH_MS else value, _LAST_S))


def bounded_wait(seconds: float) -> float | None:
    """`seconds`, or None where that is no wait (negative, not a number)."""
    return min(seconds, MAX_WAIT_S) if seconds >= 0 else None


def number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
