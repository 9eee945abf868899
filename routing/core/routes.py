"""Routes: a tree of a small algebra in which every way of using several models is one node, and nodes nest.

A node says what is wanted. What can be had of it for one request is a plan (routing.core.decision), which
knows fewer kinds of nodes: a cascade is a fallback over members that are checked.
"""

from dataclasses import dataclass

MAX_ROUTE_DEPTH = 8
MAX_ROUTE_CALLS = 32  # of one route, repeats, judges, shadows and all
MAX_FAN_OUT = 8  # calls that one node has in flight at once
MAX_GATES = 8
MAX_PLACES = 8  # of one model, one after another
MAX_TEXT_CHARS = 4_000  # of a prompt or a rubric
MILLI = 1_000  # scores and shares are in thousandths

# What another member may survive. Left out: `invalid_request` (no other attempt helps), `content_filter`
# (going round a provider's filter is for a policy to say), and `cancelled` (nobody waits any more).
DEFAULT_FALLBACK_ON = (
    "error",
    "timeout",
    "rate_limit",
    "context_overflow",
    "breaker_open",
    "capacity",
    "stream_cut",
    "authentication",
    "not_found",
    "unsupported",
)
# What a member that is checked may do beside that: answer what does not pass.
ESCALATE_ON = (*DEFAULT_FALLBACK_ON, "output_invalid", "disagreement")
BALANCE_BY = ("weight", "cost", "latency", "load", "value")
ENSEMBLE_BY = ("vote", "average", "all", "judge", "synthesis", "any")
COMPARE_BY = ("text", "json", "number", "choice", "similar")
VERIFY_FAILURES = ("refuse", "annotate", "escalate", "hold")
DEFAULT_HELPER_TOKENS = 1_024
DEFAULT_LABEL_TOKENS = 64
DEFAULT_UNSURE_MS = 2_000
MAX_UNSURE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Model:
    """One call. `model` is a model's name; the rest narrow which of its deployments may serve it."""

    model: str
    version: str | None = None
    deployment: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Up to `most` deployments of one model, one after another: drawn by weight, none twice. The next where
    the one before failed for a reason in DEFAULT_FALLBACK_ON."""

    model: Model
    most: int


@dataclass(frozen=True, slots=True)
class Fallback:
    """The next member when the one before failed for a reason in `on` (see core.execution.FailureKind)."""

    members: tuple["Route", ...]
    on: tuple[str, ...] = DEFAULT_FALLBACK_ON


@dataclass(frozen=True, slots=True)
class Balance:
    """One of several: drawn by weight from a hash of who asks (`sticky`), or the least by another measure.

    `value` is the cheapest whose measured quality is at least `floor`: there the numbers of the members are
    their qualities in thousandths, or the release's, where `measured` names the evaluation set.
    """

    members: tuple[tuple["Route", int], ...]  # (member, weight)
    by: str = "weight"
    sticky: str = "request"
    floor: int = 0
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """One check of an answer that calls nobody: `kind` and its settings (routing.core.gates)."""

    kind: str
    settings: tuple[tuple[str, str | int], ...] = ()

    def get(self, name: str, default: str | int = "") -> str | int:
        return dict(self.settings).get(name, default)


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that scores an answer by a rubric. It passes from `threshold` thousandths on."""

    route: "Route"
    rubric: str
    threshold: int = 700
    max_output_tokens: int = DEFAULT_HELPER_TOKENS


@dataclass(frozen=True, slots=True)
class Cascade:
    """Cheapest first: a member whose answer does not pass every gate, and the judge, is followed by the next.

    The last member's answer is taken as it is, unless the cascade is `strict`.
    """

    members: tuple["Route", ...]
    gates: tuple[Gate, ...] = ()
    judge: Judge | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Voter:
    """A member of an ensemble: its weight in a vote, and how many times it is asked."""

    route: "Route"
    weight: int = 1
    samples: int = 1


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Several at once, and one answer of them all.

    vote       the answer that more than half of all weight gives, or `quorum` of it; compared by `compare`
    average    the mean of the numbers, of at least `quorum` members (a half of all where none is said)
    all        every answer, as a JSON array
    judge      the one that the helper picks
    synthesis  what the helper makes of them
    any        of moderations: what any of them flags is flagged; all must answer, or `quorum`

    Where the members disagree, or too few answered, `otherwise` is asked; without one the request fails.
    """

    members: tuple[Voter, ...]
    by: str = "vote"
    quorum: int | None = None
    compare: str = "text"
    helper: "Route | None" = None  # who judges or synthesises
    prompt: str = ""  # for the helper
    otherwise: "Route | None" = None
    max_output_tokens: int = DEFAULT_HELPER_TOKENS  # of a judge; a synthesis is as long as an answer


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pipeline: its role, what it is told, who does it, and what its answer must pass.

    An `optional` one is skipped where the latency budget has no time for it.
    """

    name: str
    route: "Route"
    prompt: str = ""
    gates: tuple[Gate, ...] = ()
    judge: Judge | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps in order, each reading what the one before it wrote. The last one's answer is the answer."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Verify:
    """The answer of `route`, checked by a model of another family and provider.

    refuse    an answer that does not pass is not given
    annotate  it is given, and the record and the answer's headers say that it did not pass
    escalate  `otherwise` is asked instead
    hold      it waits for a person, who releases or refuses it; of data that may not be stored it is refused
    """

    route: "Route"
    verifier: Judge
    on_failure: str = "refuse"
    otherwise: "Route | None" = None
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """A specialist: taken where its conditions hold, or where the classifier says its label."""

    label: str
    route: "Route"
    conditions: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Unsure:
    """Who says the label where a trained router's score is within `band` thousandths of its threshold.

    Where no known label has come after `timeout_ms`, it is `default`; "" is the trained router's own.
    """

    route: "Route"
    band: int
    prompt: str = ""
    timeout_ms: int = DEFAULT_UNSURE_MS
    default: str = ""
    max_output_tokens: int = DEFAULT_LABEL_TOKENS


@dataclass(frozen=True, slots=True)
class Classify:
    """One branch of several, or the generalist.

    rules    the first branch whose conditions hold, before anything is called
    trained  by a trained router: each branch's label is one of the router's two, by its own threshold; or
             the least score, in thousandths, of which the highest that is reached counts; `unsure` may
             say who is asked where the score is near the threshold
    model    the helper is asked for a label
    """

    branches: tuple[Branch, ...]
    otherwise: "Route"
    by: str = "rules"
    helper: "Route | None" = None
    prompt: str = ""
    router: str = ""
    max_output_tokens: int = DEFAULT_LABEL_TOKENS
    unsure: Unsure | None = None


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second call where the first is late; whoever answers first wins, and the other is cancelled.

    `after_ms` None is the first one's measured p95.
    """

    route: "Route"
    second: "Route"
    after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    name: str
    route: "Route"
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Bound:
    """What an arm is stopped at (routing.core.stopping), once it had `after` requests.

    errors    more than `limit` thousandths of its requests failed
    p50, p95  that percentile of its latency is above `limit` milliseconds
    cost      a request costs more than `limit` millionths of a dollar on average
    score     feedback is below `limit` thousandths on average
    """

    metric: str
    limit: int
    after: int = 100


@dataclass(frozen=True, slots=True)
class Margin(Bound):
    """By how much an arm may be worse than the control, in the units of a bound (routing.core.comparing)."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One arm by a stable hash of who asks (`sticky`), and shadows whose answers are never given.

    The first arm is the control: it is never stopped, and takes what an arm that is stopped would have.
    """

    name: str
    arms: tuple[Arm, ...]
    sticky: str = "request"
    shadows: tuple[tuple["Route", int], ...] = ()  # (route, share of the requests in thousandths)
    stops: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    name: str
    route: "Route"
    conditions: tuple["Condition", ...] = ()  # requests of which these hold begin here


@dataclass(frozen=True, slots=True)
class Tiered:
    """Tiers from the cheapest up. A request begins at the highest tier that its facts ask for, or the
    cheapest, and goes up where the tier can't take it, fails, or answers what does not pass."""

    tiers: tuple[Tier, ...]
    gates: tuple[Gate, ...] = ()
    judge: Judge | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """`fact` `op` `value`, e.g. Condition("task", "in", ("extract", "classify")).

    Which fact takes which ops is written in routing.core.conditions.
    """

    fact: str
    op: str
    values: tuple[str | int, ...]


STICKY_BY = ("request", "session", "end_user", "application", "api_key")
STOP_AT = ("errors", "p50", "p95", "cost", "score")
STOP_AGAINST = ("bound", "control")
STOP_AFTER = 100
MIN_STOP_AFTER = 20
MAX_STOP_AFTER = 1_000_000
MAX_STOP_LIMIT = 1_000_000_000
CLASSIFY_BY = ("rules", "trained", "model")

Route = (
    Model
    | Places
    | Fallback
    | Balance
    | Cascade
    | Ensemble
    | Pipeline
    | Verify
    | Classify
    | Hedge
    | Experiment
    | Tiered
)
