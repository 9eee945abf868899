"""One request in flight, and each attempt of it: the state that the executor moves forward."""

import asyncio
import time
from collections.abc import Callable, Mapping
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
from routing.adapters.contract import Allowance, Completion, ProviderError, Usage
from routing.core.accounts import casts_of
from routing.core.decision import Call, Plan
from routing.core.execution import Finished, Outcome, Verdict
from routing.core.flows import answering_paths, is_composite, streaming_paths
from routing.core.release import Deployment, Price, Release
from routing.gates import Asked
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
    began_us: int = 0  # when it was made; `started_us` is when its start was recorded
    until_us: int = 0  # when its share of the latency budget is over; 0 leaves it to the deadline
    finished_us: int = 0
    first_token_us: int | None = None
    outcome: Outcome | None = None
    request: Mapping[str, Any] | None = None  # what is asked, where it is not the application's own request
    stream: bool = False  # its answer goes to the client as it comes
    shaped: bool = True  # its answer may be the application's, so it is held to the task's output
    completion: Completion | None = None  # for those who read on
    result: bytes = b""  # of several calls of an operation other than chat: its answer
    content_type: str = ""  # of that, where it is no JSON
    gates: list[Asked] = field(default_factory=list)
    superseded: bool = False  # another answer was enough
    scope: asyncio.Timeout | None = None  # what it waits in, while it may be ended
    suspended: str = ""  # the suspension that ended it while it was in flight
    error: ProviderError | None = None
    usage: Usage = UNKNOWN
    charged: Charged = NOTHING
    reported_model: str = ""
    fingerprint: str | None = None
    upstream_request_id: str = ""
    allowance: Allowance | None = None  # what the provider says is left of its limits
    provider_batch: str = ""  # by which it went, where it did
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
    is_composite: bool = False  # calls at once, or calls that read what others wrote
    streaming: frozenset[str] = frozenset()  # of a composite: the calls whose answers go out as they come
    answering: frozenset[str] = frozenset()  # and those whose answers may
    shadowing: dict[str, str] = field(default_factory=dict)  # path → the experiment whose shadow it is
    running: dict[str, float] = field(default_factory=dict)  # path → when it began
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    gates: list[tuple[str, Asked]] = field(default_factory=list)  # what gates said, by path
    ended: list[Attempt] = field(default_factory=list)  # to be told to the register, when gates have spoken
    finished: Finished | None = None
    held: str = ""  # the commitment to an answer that waits for a person
    commitment: str = ""  # to what the client got, where that is no attempt's own answer
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    answered: bool = False  # the client has its answer; shadows go on to the recorded end
    lost: bool = False  # the request is not ours
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
    scopes: list[asyncio.Timeout] = field(
        default_factory=list
    )  # what it waits in, while it may be interrupted

    def __post_init__(self) -> None:
        root = self.plan.root
        self.is_composite = is_composite(root)
        if self.is_composite:
            self.streaming = streaming_paths(root) if self.call.stream else frozenset()
            self.answering = answering_paths(root)
            self.shadowing = casts_of(root)

    @property
    def final_attempt(self) -> Attempt | None:
        """The one whose answer or failure the client gets."""
        if self.finished is not None and self.finished.outcome is not None:
            return self.attempt_of(self.finished.outcome.number)
        return self.attempts[-1] if self.attempts else None

    @property
    def final_outcome(self) -> Outcome | None:
        if self.finished is not None and self.finished.outcome is not None:
            return self.finished.outcome
        if not self.is_composite:
            return self.attempts[-1].outcome if self.attempts else None
        failed = [each.outcome for each in self.attempts if each.outcome and not each.outcome.ok]
        return failed[-1] if failed else None

    @property
    def cost_nano(self) -> int:
        """What the application pays for: all but the shadows."""
        if not self.shadowing:
            return sum([attempt.charged.nano for attempt in self.attempts])
        return sum(each.charged.nano for each in self.attempts if each.call.path not in self.shadowing)

    def attempt_of(self, number: int) -> Attempt | None:
        return next((attempt for attempt in self.attempts if attempt.number == number), None)

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
        for scope in self.scopes:
            _expire(scope)

    def cut(self, attempt: Attempt, suspension: str) -> None:
        """Ends one attempt at once; the request goes on as after any other failure of it."""
        attempt.suspended = suspension
        _expire(attempt.scope)

    def supersede(self, attempt: Attempt) -> None:
        """Ends one attempt at once, since another's answer was enough."""
        attempt.superseded = True
        _expire(attempt.scope)

    def interruptible(self, attempt: Attempt | None = None) -> "Interruptible":
        return Interruptible(self, attempt)

    def send_head(self) -> None:
        """What serves the request; once, before the first chunk."""
        if not self._head_sent:
            self._head_sent = True
            self.send("head", msgspec.json.encode(self.served))

    def send(self, kind: str, payload: bytes, meta: dict[str, Any] | None = None) -> None:
        """To the web process; nothing more once the client was told, or has its answer."""
        if self.told or self.answered:
            return
        frame = Frame(self.call.request_id, kind, payload, meta, self._seq)
        self._seq += 1
        self.send_frame(self.call.reply_to, frame)


def _expire(scope: asyncio.Timeout | None) -> None:
    if scope is not None and not scope.expired():
        scope.reschedule(0)


class Interruptible:
    """`async with flight.interruptible(attempt)`: TimeoutError at the deadline, when the attempt's own share
    of the time is over, or when the request, or that attempt of it, is ended.

    A timeout's scope rather than a task of its own: that costs a tenth.
    """

    __slots__ = ("_attempt", "_flight", "_left_s", "_scope")

    def __init__(self, flight: Flight, attempt: Attempt | None) -> None:
        self._flight = flight
        self._attempt = attempt
        self._left_s = flight.left_s
        if attempt is not None and attempt.until_us:
            self._left_s = min(self._left_s, (attempt.until_us - now_us()) / 1_000_000)
        self._scope = asyncio.timeout(max(self._left_s, 0.0))

    async def __aenter__(self) -> None:
        is_over = self._attempt is not None and self._attempt.superseded
        if is_over or self._flight.interrupted or self._left_s <= 0:
            raise TimeoutError  # a scope would let the first step be taken
        await self._scope.__aenter__()
        self._flight.scopes.append(self._scope)
        if self._attempt is not None:
            self._attempt.scope = self._scope

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flight.scopes.remove(self._scope)
        if self._attempt is not None:
            self._attempt.scope = None
        await self._scope.__aexit__(kind, error, trace)
