"""What `decide()` answers: a Plan or a Refusal, each with its reasons, each with one canonical form."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from routing.core.knobs import Remark
from routing.core.parts import ANSWER


class Reason(StrEnum):
    """Why a candidate was excluded, or a request refused. A closed vocabulary: add, never rename."""

    # of a candidate
    MATRIX_ABSENT = "matrix_absent"
    MATRIX_DENIED = "matrix_denied"
    MATRIX_EXPIRED = "matrix_expired"
    MATRIX_NOT_YET_VALID = "matrix_not_yet_valid"
    CONDITION_UNMET = "condition_unmet"
    REQUIREMENT_UNMET = "requirement_unmet"
    CERTIFICATION_EXPIRED = "certification_expired"
    RESIDENCY = "residency"
    SUSPENDED = "suspended"  # also of a request
    DISABLED = "disabled"
    LIFECYCLE = "lifecycle"
    CAPABILITY_MISSING = "capability_missing"
    CONTEXT_TOO_LONG = "context_too_long"
    PRICE_UNKNOWN = "price_unknown"
    BREAKER_OPEN = "breaker_open"
    OTHER_QUEUE = "other_queue"
    NOT_REQUESTED = "not_requested"
    MODEL_NOT_ALLOWED = "model_not_allowed"  # by the request's own list
    OVER_MAX_COST = "over_max_cost"  # also of a request
    OVER_MAX_LATENCY = "over_max_latency"
    # of a request
    MODEL_NOT_FOUND = "model_not_found"
    POLICY_NOT_ALLOWED = "policy_not_allowed"
    DATA_CLASS_UNKNOWN = "data_class_unknown"
    CLEARANCE_EXCEEDED = "clearance_exceeded"
    DETECTION_REFUSES = "detection_refuses"
    NO_RULE_MATCHED = "no_rule_matched"
    RULE_REFUSES = "rule_refuses"
    NO_CANDIDATE = "no_candidate"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment that the route names. `reason` is None where it may serve; `detail` names what failed
    (the capability, the condition, the class)."""

    deployment: str
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to one deployment. `path` names its place in the route ("0.1"), stable across replays;
    `worst_case_nano` bounds one attempt, `max_output_tokens` one choice.

    `input_tokens_bound` is of a call that reads what other calls wrote: it is made only where that fits.
    `expected_ms` is the measured median, where the plan has a latency budget to divide.
    """

    path: str
    deployment: str
    worst_case_nano: int
    max_output_tokens: int
    price_id: str
    role: str = ANSWER
    input_tokens_bound: int | None = None
    expected_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FallbackPlan:
    path: str
    members: tuple["PlanNode", ...]
    on: tuple[str, ...]

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return self.members


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """The answer of `member`, where it passes the gates that the route has for this path (`gated`) and then
    the judge. A `lenient` one lets an answer through that does not, and says so; one that `holds` keeps it
    for a person."""

    path: str
    member: "PlanNode"
    gated: bool = False
    judge: "PlanNode | None" = None
    threshold: int = 0
    lenient: bool = False
    holds: bool = False

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return (self.member,) if self.judge is None else (self.member, self.judge)


@dataclass(frozen=True, slots=True)
class EnsemblePlan:
    """All members at once. `quorum` is the weight that must agree in a vote, else how many must answer."""

    path: str
    members: tuple["PlanNode", ...]
    weights: tuple[int, ...]
    by: str
    quorum: int
    compare: str = "text"
    helper: "PlanNode | None" = None

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return self.members if self.helper is None else (*self.members, self.helper)


@dataclass(frozen=True, slots=True)
class PipelinePlan:
    """Steps in order; those at `optional` are skipped where the latency budget has no time for them."""

    path: str
    steps: tuple["PlanNode", ...]
    optional: tuple[int, ...] = ()

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return self.steps


@dataclass(frozen=True, slots=True)
class ClassifyPlan:
    """The helper says a label; `branches` are those of `labels`. Any other label is for `default`, and so is
    none within `timeout_ms`; without one that can be had, for `otherwise`."""

    path: str
    helper: "PlanNode"
    labels: tuple[str, ...]
    branches: tuple["PlanNode", ...]
    otherwise: "PlanNode"
    timeout_ms: int | None = None
    default: str = ""

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return (self.helper, *self.branches, self.otherwise)


@dataclass(frozen=True, slots=True)
class HedgePlan:
    path: str
    first: "PlanNode"
    second: "PlanNode"
    after_ms: int

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return (self.first, self.second)


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """`member` is the route of the arm that was drawn; what the shadows answer is never given."""

    path: str
    name: str
    arm: str
    member: "PlanNode"
    shadows: tuple["PlanNode", ...] = ()

    @property
    def parts(self) -> tuple["PlanNode", ...]:
        return (self.member, *self.shadows)


Group = FallbackPlan | CheckedPlan | EnsemblePlan | PipelinePlan | ClassifyPlan | HedgePlan | ExperimentPlan
PlanNode = Call | Group


def calls(node: PlanNode) -> Iterator[Call]:
    """The calls under `node`, those that come first in front."""
    if isinstance(node, Call):
        yield node
    else:
        for part in node.parts:
            yield from calls(part)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done. `worst_case_nano` bounds the cost of the whole tree, retries included."""

    policy: str
    rule: str
    root: PlanNode
    queue: str
    deadline_s: int
    max_attempts_per_call: int
    unsupported: str
    worst_case_nano: int
    worst_case_nano_by_model: tuple[tuple[str, int], ...]  # for budgets scoped to a model
    candidates: tuple[Candidate, ...]
    measures: tuple[str, ...] = ()  # which live measures it was balanced by: latency, load
    stopped: tuple[str, ...] = ()  # arms and shadows of experiments that were drawn, and are stopped
    batch: bool = False  # by the provider's own batch service, at its batch price
    latency_budget_ms: int | None = None  # from when it was accepted; None leaves it to the deadline
    remarks: tuple[Remark, ...] = ()  # what came of knobs and of the latency budget

    @property
    def time_s(self) -> float:
        """What all of it may take, from when the request was accepted."""
        if self.latency_budget_ms is None:
            return self.deadline_s
        return min(self.deadline_s, self.latency_budget_ms / 1000)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing will be done. `code` is the API's stable error code."""

    # model_not_found | policy_denied | data_class_denied | no_candidate | suspended | max_cost_exceeded
    code: str
    reason: Reason
    policy: str
    rule: str
    detail: str
    candidates: tuple[Candidate, ...] = ()
    stopped: tuple[str, ...] = ()  # as a plan's


Decision = Plan | Refusal
