"""What all workers share about each deployment: its breaker, its limits, and how it does.

One script call takes a place, one gives it back with the verdict; both run inside Valkey, so that two
workers never both take the last place. A place is a lease: a worker that dies gives it back by the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files

from billing.pipeline import Pipeline
from billing.scripts import Script
from routing.core import breaker
from routing.core.execution import FailureKind
from routing.core.facts import Health
from routing.core.release import Limits

SUMMARY_KEY = "sb:health"
STATE_PREFIX = "sb:health:state:"
PLACES_PREFIX = "sb:health:places:"
LEASE_GRACE_S = 15.0
MAX_WAIT_S = 3600.0

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

    async def acquire(
        self, deployment: str, lease: str, limits: Limits, *, tokens: int, lease_s: float
    ) -> Place | NoPlace:
        """A place for one call of at most `lease_s`, counting `tokens` towards the limit per minute."""
        lease_ms = int((lease_s + LEASE_GRACE_S) * 1000)
        what, wait_ms, _probe = await self._pipeline.evalsha(
            self._acquire,
            _keys(deployment),
            deployment,
            lease,
            lease_ms,
            limits.concurrency or 0,
            limits.requests_per_min or 0,
            limits.tokens_per_min or 0,
            tokens,
            lease_ms,
        )
        if what == b"ok":
            return Place(deployment, lease)
        kind = _KINDS.get(what, FailureKind.CAPACITY)
        return NoPlace(kind, what.decode(), min(wait_ms / 1000, MAX_WAIT_S))

    async def report(self, place: Place, report: breaker.Report, *, latency_ms: int | None) -> str:
        """Gives the place back; answers the breaker's state."""
        state = await self._pipeline.evalsha(
            self._report,
            _keys(place.deployment),
            place.deployment,
            place.lease,
            report.verdict.value,
            int(report.cooling_s * 1000),
            -1 if latency_ms is None else latency_ms,
            breaker.WINDOW_S * 1000,
            breaker.MIN_FAILURES,
            breaker.FAILURE_PERCENT,
            breaker.OPEN_S * 1000,
        )
        return str(state.decode())


def read_summary(raw: Mapping[bytes, bytes], *, now_ms: int) -> dict[str, Health]:
    """The deployments' health from `HGETALL sb:health`, for `Live`.

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
        found[name.decode()] = Health(state, in_flight, p50_ms or None)
    return found


def _keys(deployment: str) -> tuple[str, ...]:
    return (STATE_PREFIX + deployment, PLACES_PREFIX + deployment, SUMMARY_KEY)
