"""What all workers share about each deployment: its breaker, its limits, and how it does.

One script takes places, one gives them back with the verdicts; both run inside Valkey, so that two workers
never both take the last place. What is asked or told at the same moment goes in one call. A place is a lease:
a worker that dies gives it back by the clock.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files

from billing.pipeline import Pipeline
from billing.scripts import Script
from billing.together import Together
from routing.core import breaker
from routing.core.execution import FailureKind
from routing.core.facts import Health
from routing.core.release import Limits

SUMMARY_KEY = "sb:health"
MEASURED_KEY = "sb:health:measured"
STATE_PREFIX = "sb:health:state:"
PLACES_PREFIX = "sb:health:places:"
LEASE_GRACE_S = 15.0
MAX_WAIT_S = 3600.0
REPORT_WAIT_S = 0.002  # of a place that is given back, for others
LEAST_FOR_P95 = 50  # answers; of fewer the running p95 is still on its way
FRESH_MS = 60_000
HALF_LIFE_MS = 120_000
KNOWN_FOR_MS = 600_000

_KINDS = {b"breaker": FailureKind.BREAKER_OPEN, b"cooling": FailureKind.RATE_LIMIT}


def _load(name: str) -> Script:
    text = (files("routing.lane") / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was given: the call may be made."""

    deployment: str
    lease: str


@dataclass(frozen=True, slots=True)
class NoPlace:
    """`kind` is BREAKER_OPEN, RATE_LIMIT (the provider asked us to wait) or CAPACITY (our own limit)."""

    kind: FailureKind
    why: str
    wait_s: float


class HealthBoard:
    """The board that all workers write on. Each method raises ValkeyGone where it can't be reached."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._acquire = _load("acquire")
        self._report = _load("report")
        self._asked = Together(self._take)
        self._told = Together(self._tell, wait_s=REPORT_WAIT_S)

    async def acquire(
        self, deployment: str, lease: str, limits: Limits, *, tokens: int, lease_s: float
    ) -> Place | NoPlace:
        """A place for one call of at most `lease_s`, counting `tokens` towards the limit per minute."""
        lease_ms = int((lease_s + LEASE_GRACE_S) * 1000)
        what, wait_ms = await self._asked.ask((deployment, limits), (lease, lease_ms, tokens))
        if what == b"ok":
            return Place(deployment, lease)
        kind = _KINDS.get(what, FailureKind.CAPACITY)
        return NoPlace(kind, what.decode(), min(wait_ms / 1000, MAX_WAIT_S))

    def report(
        self, place: Place, report: breaker.Report, *, latency_ms: int | None
    ) -> "asyncio.Future[str]":
        """Gives the place back; answers the breaker's state."""
        cooling_ms = int(report.cooling_s * 1000)
        latency = -1 if latency_ms is None else latency_ms
        return self._told.ask(place.deployment, (place.lease, report.verdict.value, cooling_ms, latency))

    async def drained(self) -> None:
        """Returns when every report has arrived, or is lost."""
        await self._told.drained()

    async def _take(
        self, key: tuple[str, Limits], calls: Sequence[tuple[str, int, int]]
    ) -> list[tuple[bytes, int]]:
        deployment, limits = key
        answers = await self._pipeline.evalsha(
            self._acquire,
            _keys(deployment),
            deployment,
            limits.concurrency or 0,
            limits.requests_per_min or 0,
            limits.tokens_per_min or 0,
            *[part for call in calls for part in call],
        )
        return [(what, wait_ms) for what, wait_ms in answers]

    async def _tell(self, deployment: str, reports: Sequence[tuple[str, str, int, int]]) -> list[str]:
        states = await self._pipeline.evalsha(
            self._report,
            (*_keys(deployment), MEASURED_KEY),
            deployment,
            int(breaker.WINDOW_S * 1000),
            breaker.MIN_FAILURES,
            breaker.FAILURE_PERCENT,
            int(breaker.OPEN_S * 1000),
            *[part for report in reports for part in report],
        )
        return [state.decode() for state in states]


def read_summary(
    raw: Mapping[bytes, bytes], measured: Mapping[bytes, bytes] | None = None, *, now_ms: int
) -> dict[str, Health]:
    """The deployments' health from `HGETALL sb:health` and `HGETALL sb:health:measured`, for `Live`.

    A breaker whose time is over reads as half open, so that a decision may send it the probe; without that
    nothing would ever try it again. What can't be read is left out: it counts as healthy.
    """
    found = {}
    for name, value in raw.items():
        parts = value.split(b"|")
        if len(parts) != 4:
            continue
        state, until_ms, in_flight, p50_ms = parts[0].decode(), int(parts[1]), int(parts[2]), int(parts[3])
        if state == "open" and now_ms >= until_ms:
            state = "half_open"
        latencies = _latencies((measured or {}).get(name), p50_ms, now_ms)
        found[name.decode()] = Health(state, in_flight, *latencies)
    return found


def _latencies(measured: bytes | None, p50_ms: int, now_ms: int) -> tuple[int | None, int | None]:
    """(p50, p95) that are still believed, in ms.

    Without calls the median fades: after FRESH_MS it halves every HALF_LIFE_MS, so that a balance by latency
    tries again whoever was slow. The p95 does not; it says when a call is late, and goes when it is old.
    """
    parts = measured.split(b"|") if measured else ()
    if len(parts) != 4:  # written by a worker of before it was measured
        return p50_ms or None, None
    at_ms, p50, p95, known = (float(part) for part in parts)
    age_ms = now_ms - at_ms
    if age_ms > KNOWN_FOR_MS:
        return None, None
    faded = p50 * 0.5 ** (max(age_ms - FRESH_MS, 0) / HALF_LIFE_MS)
    return max(round(faded), 1), round(p95) if known >= LEAST_FOR_P95 else None


def _keys(deployment: str) -> tuple[str, ...]:
    return (STATE_PREFIX + deployment, PLACES_PREFIX + deployment, SUMMARY_KEY)
