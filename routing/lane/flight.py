"""One request in flight, and each attempt of it: the state that the executor moves forward."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import TracebackType
from typing import Any
from uuid import UUID

import msgspec

from audit.core.records import Entry, Row
from audit.rows import REQUEST_COLUMNS
from registry.core.endpoints import host_of
from routing.adapters.contract import ProviderError, Usage
from routing.core.decision import Call, Plan
from routing.core.execution import Outcome
from routing.core.release import Deployment, Price, Release
from routing.lane.charge import Basis, Charged
from routing.lane.messages import Frame, LaneCall

endpoint_host = lru_cache(maxsize=4096)(host_of)
UNKNOWN = Usage()
NOTHING = Charged(0, Basis.NOTHING)
_COLUMN = {name: index for index, name in enumerate(REQUEST_COLUMNS)}
Send = Callable[[str, Frame], None]


def now_us() -> int:
    return time.time_ns() // 1000


class Interruption(StrEnum):
    CANCELLED = "cancelled"  # the client left
    SUSPENDED = "suspended"  # who asked, or what routed, is suspended
    SHUTDOWN = "shutdown"  # this worker stops, and the call outlived the grace
    UNRECORDED = "unrecorded"  # the register could not be written while the client would wait


@dataclass(slots=True, eq=False)
class Attempt:
    """One call of the plan that was tried. `called` says that a provider was, or may have been, reached."""

    number: int
    call: Call
    deployment: Deployment
    price: Price | None
    started_us: int
    unsupported: tuple[str, ...] = ()
    recorded: bool = False  # attempt.started is committed
    called: bool = False
    finished_us: int = 0
    first_token_us: int | None = None
    outcome: Outcome | None = None
    suspended: str = ""  # the suspension that ended it while it was in flight
    error: ProviderError | None = None
    usage: Usage = UNKNOWN
    charged: Charged = NOTHING
    reported_model: str = ""
    fingerprint: str | None = None
    upstream_request_id: str = ""
    finish_reason: str = ""
    received_bytes: int = 0  # of a stream's content, as far as it came
    commitment: str = ""
    detections: dict[str, int] = field(default_factory=dict)  # found in the answer, by detector
    input: dict[str, Any] = field(
        default_factory=dict
    )  # which variant was sent, and what was made of the rest
    output: dict[str, Any] = field(default_factory=dict)  # what was done to bring it to its task's output

    @property
    def drift(self) -> bool:
        """What the provider says it ran is not what was asked for."""
        if self.reported_model and self.reported_model != self.deployment.upstream_id:
            return True
        return self.fingerprint_drifts

    @property
    def fingerprint_drifts(self) -> bool:
        """It reports another fingerprint than the one that is pinned, where one is."""
        pinned = self.deployment.fingerprint
        return bool(pinned and self.fingerprint) and self.fingerprint != pinned

    @property
    def cost_nano(self) -> int:
        return self.charged.nano

    @property
    def usage_unknown(self) -> bool:
        return self.charged.usage_unknown

    @property
    def is_charged(self) -> bool:
        return bool(self.cost_nano) or self.usage_unknown

    @property
    def latency_ms(self) -> int:
        return (self.finished_us - self.started_us) // 1000

    @property
    def first_token_ms(self) -> int | None:
        return None if self.first_token_us is None else (self.first_token_us - self.started_us) // 1000


@dataclass(slots=True, eq=False)
class Flight:
    call: LaneCall
    request_id: UUID
    plan: Plan
    release: Release
    worker: str
    send_frame: Send
    outcomes: list[Outcome] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)  # not committed yet: they go with the next unit
    rows: list[Row] = field(default_factory=list)
    claimed: bool = False
    interrupted: Interruption | None = None
    served: dict[str, Any] = field(default_factory=dict)
    final: bytes = b""  # the end of the answer, for after the commit
    told: bool = False  # the client has its error; the request goes on to its recorded end
    _head_sent: bool = False
    _seq: int = 0
    scope: asyncio.Timeout | None = None  # what the request waits in, while it may be interrupted

    def claimed_value(self, column: str) -> Any:
        """What the request's row says in `column`."""
        return self.call.claim_values[_COLUMN[column]]

    @property
    def is_left_to_others(self) -> bool:
        """This worker stops before it has claimed the request."""
        return self.interrupted is Interruption.SHUTDOWN and not self.claimed

    @property
    def elapsed_s(self) -> float:
        return (now_us() - self.call.accepted_us) / 1_000_000

    @property
    def left_s(self) -> float:
        return (self.call.deadline_us - now_us()) / 1_000_000

    def interrupt(self, why: Interruption) -> None:
        """Ends whatever this request waits for, at once; what was used is still settled."""
        if self.interrupted is None:
            self.interrupted = why
        if self.scope is not None and not self.scope.expired():
            self.scope.reschedule(0)

    def cut(self, attempt: Attempt, suspension: str) -> None:
        """Ends one attempt at once; the request goes on as after any other failure of it."""
        attempt.suspended = suspension
        if self.scope is not None and not self.scope.expired():
            self.scope.reschedule(0)

    def interruptible(self) -> "Interruptible":
        return Interruptible(self)

    def send_head(self) -> None:
        """What serves the request; once, before the first chunk."""
        if not self._head_sent:
            self._head_sent = True
            self.send("head", msgspec.json.encode(self.served))

    def send(self, kind: str, payload: bytes, meta: dict[str, Any] | None = None) -> None:
        """To the web process; nothing more once the client was told."""
        if self.told:
            return
        frame = Frame(self.call.request_id, kind, payload, meta, self._seq)
        self._seq += 1
        self.send_frame(self.call.reply_to, frame)


class Interruptible:
    """`async with flight.interruptible()`: TimeoutError at the deadline, or when the request is interrupted.

    A timeout's scope rather than a task of its own: that costs a tenth.
    """

    __slots__ = ("_flight", "_scope")

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._scope = asyncio.timeout(max(flight.left_s, 0.0))

    async def __aenter__(self) -> None:
        if self._flight.interrupted or self._flight.left_s <= 0:
            raise TimeoutError  # a scope would let the first step be taken
        await self._scope.__aenter__()
        self._flight.scope = self._scope

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flight.scope = None
        await self._scope.__aexit__(kind, error, trace)
