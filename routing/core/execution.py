"""What happens while a plan is executed, as values: what there is to do next, and what came of it.

The executor is a loop: ask `advance` (routing.core.advance), do what it says, append what came of it, ask
again. It never decides.
"""

from dataclasses import dataclass
from enum import StrEnum

from routing.core.decision import Call

DRILLED = "failed on purpose, for a drill"  # what an attempt says that a drill let fail


class FailureKind(StrEnum):
    """How an attempt failed; what a Fallback's `on` names."""

    ERROR = "error"  # 5xx, connection refused, garbage
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    CONTEXT_OVERFLOW = "context_overflow"
    CONTENT_FILTER = "content_filter"
    BREAKER_OPEN = "breaker_open"
    CAPACITY = "capacity"  # our own limit for the deployment is full
    STREAM_CUT = "stream_cut"
    INVALID_REQUEST = "invalid_request"  # the provider says the request is wrong: no other attempt helps
    AUTHENTICATION = "authentication"  # our credential is wrong: another deployment may help
    NOT_FOUND = "not_found"
    UNSUPPORTED = "unsupported"
    CANCELLED = "cancelled"  # the client left
    OUTPUT_BLOCKED = "output_blocked"  # a detection rule does not let the answer out
    OUTPUT_INVALID = "output_invalid"  # the answer is not what its task or a gate asks
    DISAGREEMENT = "disagreement"  # the members of an ensemble did not come to one answer
    HELD = "held"  # the answer did not pass, and waits for a person to look at it
    SUPERSEDED = "superseded"  # another call's answer was enough, so this one was ended
    LATENCY_BUDGET = "latency_budget"  # its share of the latency budget was over
    SUSPENDED = "suspended"  # what would be called, or was being called, is suspended


# What another member may be asked after: nobody goes round a person.
SURVIVABLE = tuple(kind for kind in FailureKind if kind is not FailureKind.HELD)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. `emitted`: the client has seen part of it, so nothing may replace it.

    `number` is the attempt's, and `text` what it said, for those who read on; `began_s` counts from when the
    request was accepted.
    """

    path: str
    deployment: str
    ok: bool
    kind: FailureKind | None = None
    retryable: bool = False
    retry_after_s: float | None = None
    emitted: bool = False
    number: int = 0
    text: str = ""
    began_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates said of one answer."""

    passed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a node made of its parts, for the record: `path` and `what` happened there, `detail` in words."""

    path: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Start:
    """Make this call now, or after `delay_s`. It may take `allowance_s`; None leaves it to the deadline."""

    call: Call
    attempt: int  # 1 for the first of the whole request
    delay_s: float = 0.0
    allowance_s: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Ask the gates that the route has at `path` about `text`; `number` is the attempt that said it, 0 where
    it was made of several."""

    path: str
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Do:
    """Several things at once, or none but to wait: for a call in flight to end, or for `wake_s`.

    `cancel` holds the paths of calls in flight that nobody needs any more.
    """

    starts: tuple[Start, ...] = ()
    checks: tuple[Check, ...] = ()
    cancel: frozenset[str] = frozenset()
    wake_s: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The plan is over; `outcome` is what the client gets (None where nothing could be tried).

    `made` is the answer's text where it is nobody's alone; `shadows` are calls in flight that may go on.
    """

    outcome: Outcome | None
    made: str | None = None
    notes: tuple[Note, ...] = ()
    shadows: frozenset[str] = frozenset()


Step = Start | Finished | Do
