"""Agreement cascades: economy models answer, and where enough of them agree nobody else is asked. Pure.

Members are asked at once, as an ensemble is, and each is paid for. Where `quorum` of them gave the same
answer it is taken; otherwise the frontier model answers. A cascade pays where what its members cost is less
than what the frontier model would have cost for the items on which they agree; the break-even says from
which ratio of prices on that is so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from audit.core.means import Mean
from evaluation.core.bounds import mean_of
from evaluation.core.outcomes import Outcome

MIN_ITEMS = 100
MAX_MEMBERS = 3
MAX_CANDIDATES = 24


@dataclass(frozen=True, slots=True)
class Design:
    members: tuple[str, ...]
    quorum: int
    frontier: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A design on graded items. `against_frontier` is the paired difference to always asking the frontier.

    `break_even` is the least ratio of the frontier's price to what the members cost together from which the
    cascade is cheaper; `ratio` is the ratio that there is.
    """

    design: Design
    items: int
    agreed_share: float
    quality: Mean
    against_frontier: Mean
    frontier_quality: float
    cost_nano: float
    frontier_cost_nano: float
    members_cost_nano: float

    @property
    def cost_share(self) -> float:
        return self.cost_nano / self.frontier_cost_nano if self.frontier_cost_nano else float("inf")

    @property
    def ratio(self) -> float:
        return self.frontier_cost_nano / self.members_cost_nano if self.members_cost_nano else float("inf")

    @property
    def break_even(self) -> float:
        return 1 / self.agreed_share if self.agreed_share else float("inf")

    def problem(self, most_loss: float) -> str:
        """Why the cascade is not to be had; "" where it pays, and loses no more than `most_loss`."""
        if self.items < MIN_ITEMS:
            return f"only {self.items} items were answered by all of its models; {MIN_ITEMS} are needed."
        if self.cost_nano >= self.frontier_cost_nano:
            return (
                f"it can't pay: the frontier model costs {self.ratio:.1f} times what the members cost, and "
                f"would have to cost {self.break_even:.1f} times as much."
            )
        if self.against_frontier.lower < -most_loss:
            return (
                f"it may lose {-self.against_frontier.lower:.1%} against the frontier model (95 % bound); "
                f"{most_loss:.1%} was allowed."
            )
        return ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Outcomes by item, of the items that every one of `models` answered."""

    models: tuple[str, ...]
    rows: tuple[Mapping[str, Outcome], ...]


def answers_of(outcomes: Iterable[Outcome], models: Sequence[str]) -> Answers:
    by_item: dict[str, dict[str, Outcome]] = {}
    for outcome in outcomes:
        if outcome.model in models:
            by_item.setdefault(outcome.item, {})[outcome.model] = outcome
    rows = tuple(row for _, row in sorted(by_item.items()) if len(row) == len(set(models)))
    return Answers(tuple(models), rows)


def measured(answers: Answers, design: Design) -> Measured:
    taken = [_taken(row, design) for row in answers.rows]
    frontier = [row[design.frontier] for row in answers.rows]
    count = max(len(taken), 1)
    qualities = [quality for quality, _, _ in taken]
    against = [quality - each.quality for quality, each in zip(qualities, frontier, strict=True)]
    asked = sum(cost for _, cost, _ in taken)
    of_frontier = sum(
        each.cost_nano for each, (_, _, agreed) in zip(frontier, taken, strict=True) if not agreed
    )
    return Measured(
        design=design,
        items=len(taken),
        agreed_share=sum(agreed for _, _, agreed in taken) / count,
        quality=mean_of(qualities, least=0.0, most=1.0),
        against_frontier=mean_of(against, least=-1.0, most=1.0),
        frontier_quality=sum(each.quality for each in frontier) / count,
        cost_nano=asked / count,
        frontier_cost_nano=sum(each.cost_nano for each in frontier) / count,
        members_cost_nano=(asked - of_frontier) / count,
    )


def designs(economy: Sequence[str], frontier: str) -> Iterable[Design]:
    """Two that agree, and two of three that do."""
    for pair in combinations(economy[:MAX_CANDIDATES], 2):
        yield Design(pair, 2, frontier)
    for three in combinations(economy[:MAX_CANDIDATES], MAX_MEMBERS):
        yield Design(three, 2, frontier)


def route_of(design: Design, compare: str) -> str:
    """The route that does it, as it is written in a policy."""
    return "\n".join(
        (
            "ensemble by vote",
            f"  quorum {design.quorum}",
            f"  compare {compare}",
            *(f"  model {member}" for member in design.members),
            "  otherwise",
            f"    model {design.frontier}",
        )
    )


def _taken(row: Mapping[str, Outcome], design: Design) -> tuple[float, int, bool]:
    """The quality of what is answered, the cost of all that were asked, and whether members agreed."""
    members = [row[member] for member in design.members]
    cost = sum(member.cost_nano for member in members)
    votes = Counter(member.answer_key for member in members if member.answer_key)
    key, count = votes.most_common(1)[0] if votes else ("", 0)
    if count >= design.quorum:
        return next(member.quality for member in members if member.answer_key == key), cost, True
    frontier = row[design.frontier]
    return frontier.quality, cost + frontier.cost_nano, False
