"""What is wrong with a node that makes several calls: settings that can't hold, and bounds that it passes."""

from collections.abc import Callable, Iterator
from typing import Any

from routing.core.conditions import problem_of
from routing.core.gates.catalogue import KINDS
from routing.core.groups import quorum_of
from routing.core.lint.matching import deployments_of
from routing.core.lint.problem import Problem
from routing.core.parts import Checks, checks_of, every_part
from routing.core.release import Deployment, Release, Route
from routing.core.routes import (
    MAX_FAN_OUT,
    MILLI,
    Cascade,
    Classify,
    Ensemble,
    Experiment,
    Gate,
    Hedge,
    Pipeline,
    Tiered,
    Verify,
)
from routing.core.trained import TrainedRouter

Found = Iterator[tuple[str, str]]  # (code, message)


def node_problems(route: Route, release: Release, subject: str) -> Iterator[Problem]:
    for part in every_part(route):
        found = _PROBLEMS.get(type(part.route))
        if found is not None:
            for code, message in found(part.route, release):
                yield Problem(code, subject, message, fatal=code not in _WARNINGS)


def _cascade(route: Cascade, release: Release) -> Found:
    if len(route.members) < 2:
        yield "cascade_short", "A cascade needs a member to escalate to."
    if not (route.gates or route.judge):
        yield "cascade_ungated", "A cascade without a gate or a judge takes every first answer."
    yield from _checks(route, len(route.members))


def _tiered(route: Tiered, release: Release) -> Found:
    yield from _unique("tier", [tier.name for tier in route.tiers])
    for tier in route.tiers:
        yield from _conditions(tier.conditions, release)
    yield from _checks(route, len(route.tiers))


def _ensemble(route: Ensemble, release: Release) -> Found:
    asked = sum(voter.samples for voter in route.members)
    if not 2 <= asked <= MAX_FAN_OUT:
        yield "fan_out", f"An ensemble asks 2 to {MAX_FAN_OUT} times at once, and this one {asked} times."
    if any(voter.weight < 1 for voter in route.members):
        yield "weights_empty", "Every member of an ensemble has a weight above zero."
    weight = sum(voter.weight * voter.samples for voter in route.members)
    most = weight if route.by == "vote" else asked
    if not 1 <= quorum_of(route) <= most:
        yield "quorum_unreachable", f"The quorum is {quorum_of(route)}, and all together are {most}."


def _pipeline(route: Pipeline, release: Release) -> Found:
    yield from _unique("step", [step.name for step in route.steps])
    yield from _checks(route, len(route.steps))


def _verify(route: Verify, release: Release) -> Found:
    answer = deployments_of(route.route, release.deployments)
    verify = deployments_of(route.verifier.route, release.deployments)
    if answer and verify and not any(_is_stranger(one, other) for one in verify for other in answer):
        yield (
            "verifier_related",
            "The verifier is of the family or provider that answers.",
        )
    yield from _checks(route, 1)


def _is_stranger(one: Deployment, other: Deployment) -> bool:
    return one.family != other.family and one.provider != other.provider


def _classify(route: Classify, release: Release) -> Found:
    yield from _unique("branch", [branch.label for branch in route.branches])
    for branch in route.branches:
        yield from _conditions(branch.conditions, release)
    router = release.routers.get(route.router)
    if route.by == "trained" and router is not None:
        yield from _labels_of(router, [branch.label for branch in route.branches])


def _labels_of(router: TrainedRouter, labels: list[str]) -> Found:
    """Either the router's own labels or least scores: both in one list would have no order."""
    scores = [label for label in labels if label.isdigit()]
    if scores and len(scores) != len(labels):
        yield "branch_wrong", "Branches of a trained router are all labels, or all least scores."
    for label in labels:
        if not label.isdigit() and label not in (router.weak, router.strong):
            known = f"{router.weak} and {router.strong}"
            yield "branch_wrong", f"The trained router {router.name} says {known}, never “{label}”."


def _hedge(route: Hedge, release: Release) -> Found:
    if route.after_ms is not None and route.after_ms < 1:
        yield "hedge_wrong", "A hedge waits for a millisecond at least."


def _experiment(route: Experiment, release: Release) -> Found:
    yield from _unique("arm", [arm.name for arm in route.arms])
    if any(arm.weight < 0 for arm in route.arms) or not any(arm.weight for arm in route.arms):
        yield "weights_empty", "An experiment needs an arm with a weight above zero, and none below."
    if any(not 0 <= share <= MILLI for _, share in route.shadows):
        yield "shadow_wrong", f"A shadow's share is 0 to {MILLI} thousandths of the requests."


def _checks(route: Route, members: int) -> Found:
    seen: list[Checks] = []
    for at in range(members):
        checks = checks_of(route, at)
        if checks in seen:
            continue
        seen.append(checks)
        for gate in checks.gates:
            yield from _gate(gate)
        if checks.judge is not None and not 0 <= checks.judge.threshold <= MILLI:
            yield "threshold_wrong", f"A judge's threshold is 0 to {MILLI}."


def _gate(gate: Gate) -> Found:
    kind = KINDS.get(gate.kind)
    if kind is None:
        yield "gate_unknown", f"There is no gate “{gate.kind}”."
        return
    given, known = dict(gate.settings), [name for name, _ in kind.settings]
    missing = [name for name in known[: kind.required] if name not in given]
    stray = sorted(given.keys() - set(known))
    if missing or stray:
        wrong = f"lacks {missing[0]}" if missing else f"does not take {stray[0]}"
        yield "gate_wrong", f"The gate “{gate.kind}” {wrong}."


def _conditions(conditions: tuple[Any, ...], release: Release) -> Found:
    for condition in conditions:
        problem = problem_of(condition, release.data_classes)
        if problem:
            yield "condition_wrong", f"{problem[:1].upper()}{problem[1:]}."


def _unique(what: str, names: list[str]) -> Found:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        yield f"{what}_twice", f"There are two of the {what} “{twice}”."


_WARNINGS = frozenset({"cascade_ungated"})
_PROBLEMS: dict[type, Callable[[Any, Release], Found]] = {
    Cascade: _cascade,
    Tiered: _tiered,
    Ensemble: _ensemble,
    Pipeline: _pipeline,
    Verify: _verify,
    Classify: _classify,
    Hedge: _hedge,
    Experiment: _experiment,
}
