"""How much a call reads beside the request, where it reads what others wrote: bounds, before any is made."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.core.decision import (
    Call,
    CheckedPlan,
    ClassifyPlan,
    EnsemblePlan,
    ExperimentPlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    PlanNode,
)
from routing.core.tokens import utf8_bytes

# A token is seldom longer than this; an answer that is does not fit what was reserved for its reader, and the
# call that would read it is not made.
BYTES_PER_TOKEN = 8
FRAME_TOKENS = 768  # what is written around: instructions, marks
TOKENS_PER_ANSWER = 96


@dataclass(frozen=True, slots=True)
class Reads:
    """What a call reads beside the request, in tokens, and the cap of what it writes (None: as asked)."""

    bound: int
    estimate: int
    cap: int | None = None

    def and_(self, more: "Reads") -> "Reads":
        cap = self.cap if more.cap is None else more.cap
        return Reads(self.bound + more.bound, self.estimate + more.estimate, cap)


def reads_of(prompt: str, answers: Sequence[PlanNode], *, cap: int | None = None) -> Reads:
    """Of a call that is told `prompt` and reads the answers of those nodes."""
    written = sum(answer_tokens(answer) for answer in answers)
    frame = FRAME_TOKENS + TOKENS_PER_ANSWER * sum(map(_answers, answers))
    told = utf8_bytes(prompt)
    return Reads(frame + told + written * BYTES_PER_TOKEN, frame // 2 + told // 3 + written, cap)


def answer_tokens(node: PlanNode) -> int:
    """The most tokens that the answer of `node` holds, one choice of it."""
    match node:
        case Call():
            return node.max_output_tokens
        case CheckedPlan(member=member) | ExperimentPlan(member=member):
            return answer_tokens(member)
        case PipelinePlan(steps=steps):
            return answer_tokens(steps[-1])
        case EnsemblePlan(by="all", members=members):
            return sum(map(answer_tokens, members)) + TOKENS_PER_ANSWER * len(members)
        case EnsemblePlan(by="synthesis", helper=helper, members=members):
            return max(map(answer_tokens, (helper, *members) if helper else members))
        case EnsemblePlan(members=members) | FallbackPlan(members=members):
            return max(map(answer_tokens, members))
        case ClassifyPlan():
            return max(map(answer_tokens, (*node.branches, node.otherwise)))
        case HedgePlan():
            return max(answer_tokens(node.first), answer_tokens(node.second))
    raise TypeError(f"no such node of a plan: {node!r}")


def _answers(node: PlanNode) -> int:
    return len(node.members) if isinstance(node, EnsemblePlan) else 1
