"""One answer of several: when an ensemble has come to one, and when it can't any more. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from routing.core.answers import folded, key_of, number_in, similar
from routing.core.decision import EnsemblePlan
from routing.core.moderating import any_flags, flagged_by, verdicts_in

AVERAGE_PLACES = 12  # significant digits


@dataclass(frozen=True, slots=True)
class Undecided:
    """Who is still asked may decide it."""


@dataclass(frozen=True, slots=True)
class Combined:
    """The answer of the member at `member`, or a `text` of several; neither where the helper is to say."""

    member: int | None = None
    text: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Disagreed:
    detail: str


Combination = Undecided | Combined | Disagreed


def combined(node: EnsemblePlan, answers: Sequence[str | None], pending: Sequence[bool]) -> Combination:
    """What the members' answers come to; None where a member gave none, `pending` who may still answer."""
    if node.by == "vote":
        return _vote(node, answers, pending)
    if node.by == "any":
        answers = _moderations(answers)
    answered = sum(answer is not None for answer in answers)
    if answered + sum(pending) < node.quorum:
        return Disagreed(f"{answered} of {len(answers)} answered, {node.quorum} are needed")
    if any(pending):
        return Undecided()
    if node.by == "average":
        return _average(node, answers)
    if node.by == "any":
        found = [answer for answer in answers if answer is not None]
        return Combined(_first(answers), any_flags(found), f"{flagged_by(found)} of {len(found)} flag it")
    if node.by == "all":
        said = [answer for answer in answers if answer is not None]
        return Combined(text=json.dumps(said, ensure_ascii=False), detail=f"{len(said)} answers")
    if answered == 1 and node.by == "judge":
        return Combined(_first(answers), detail="the only answer")
    return Combined()


def _vote(node: EnsemblePlan, answers: Sequence[str | None], pending: Sequence[bool]) -> Combination:
    groups = _groups(answers, node.compare)
    counted = sorted(
        ((sum(node.weights[at] for at in group), -group[0], group) for group in groups), reverse=True
    )
    possible = sum(weight for weight, waits in zip(node.weights, pending, strict=True) if waits)
    most = counted[0][0] if counted else 0
    if most >= node.quorum and (len(counted) < 2 or most > counted[1][0] + possible or not possible):
        if len(counted) > 1 and counted[1][0] == most:
            return Disagreed(f"two answers have {most} each")
        detail = f"{most} of {sum(node.weights)} agree, {node.quorum} are needed"
        return Combined(counted[0][2][0], detail=detail)
    if most + possible < node.quorum:
        return Disagreed(f"at most {most + possible} of {sum(node.weights)} agree, {node.quorum} are needed")
    return Undecided() if possible else Disagreed(f"no answer has {node.quorum}")


def _groups(answers: Sequence[str | None], compare: str) -> list[list[int]]:
    """The members by what they answered; who gave nothing that can be compared is in no group."""
    if compare == "similar":
        return _alike(answers)
    groups: dict[str, list[int]] = {}
    for at, answer in enumerate(answers):
        key = None if answer is None else key_of(answer, compare)
        if key is not None:
            groups.setdefault(key, []).append(at)
    return list(groups.values())


def _alike(answers: Sequence[str | None]) -> list[list[int]]:
    """Each with the first whose text it is similar to."""
    groups: list[tuple[str, list[int]]] = []
    for at, answer in enumerate(answers):
        if answer is None:
            continue
        text = folded(answer)
        group = next((members for said, members in groups if similar(said, text)), None)
        if group is None:
            groups.append((text, [at]))
        else:
            group.append(at)
    return [members for _, members in groups]


def _moderations(answers: Sequence[str | None]) -> list[str | None]:
    """Those that are moderations, of as many inputs as the first of them; what else was said is no answer."""
    lengths = [len(verdicts_in(answer) or ()) if answer is not None else 0 for answer in answers]
    inputs = next((length for length in lengths if length), 0)
    return [
        answer if length == inputs and length else None
        for answer, length in zip(answers, lengths, strict=True)
    ]


def _average(node: EnsemblePlan, answers: Sequence[str | None]) -> Combination:
    """The weighted mean of the numbers."""
    found = [
        (number, weight)
        for answer, weight in zip(answers, node.weights, strict=True)
        if answer is not None and (number := number_in(answer)) is not None
    ]
    total = sum(weight for _, weight in found)
    if len(found) < node.quorum or not total:
        return Disagreed(f"{len(found)} of {len(answers)} answered with a number, {node.quorum} are needed")
    mean = sum((number * weight for number, weight in found), Decimal(0)) / total
    return Combined(text=_plain(mean), detail=f"the mean of {len(found)} numbers")


def _plain(number: Decimal) -> str:
    rounded = Decimal(f"{number:.{AVERAGE_PLACES}g}")
    return f"{rounded.normalize():f}"


def _first(answers: Sequence[str | None]) -> int:
    return next(at for at, answer in enumerate(answers) if answer is not None)
