"""What is wrong with a node that makes several calls: settings that can't hold, and bounds that it passes."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from routing.core.conditions import problem_of
from routing.core.gates.catalogue import KINDS
from routing.core.groups import quorum_of
from routing.core.lint.holding import holding_problems
from routing.core.lint.matching import deployments_of
from routing.core.lint.problem import Problem
from routing.core.parts import Checks, checks_of, every_part
from routing.core.release import Deployment, Model, Price, Release, Route
from routing.core.routes import (
    MAX_FAN_OUT,
    MAX_PLACES,
    MAX_STOP_AFTER,
    MAX_STOP_LIMIT,
    MAX_UNSURE_MS,
    MILLI,
    MIN_STOP_AFTER,
    Cascade,
    Classify,
    Ensemble,
    Experiment,
    Gate,
    Hedge,
    Judge,
    Margin,
    Pipeline,
    Places,
    Tiered,
    Unsure,
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
    yield from holding_problems(route, release, subject)


def _cascade(route: Cascade, release: Release) -> Found:
    if len(route.members) < 2:
        yield "cascade_short", "A cascade needs a member to escalate to."
    if not (route.gates or route.judge):
        yield "cascade_ungated", "A cascade without a gate or a judge takes every first answer."
    yield from _checks(route, len(route.members))
    yield from _pays(route.members, route.judge, release)


def _pays(members: tuple[Route, ...], judge: Judge | None, release: Release) -> Found:
    """Whether the first member can save anything: what it and its judge cost is paid for every request, the
    last one's only where the answer does not pass."""
    first, last = _unit_nano(members[0], release), _unit_nano(members[-1], release)
    judged = _unit_nano(judge.route, release) if judge is not None else 0
    if len(members) < 2 or first is None or last is None or judged is None or not last:
        return
    if first + judged >= last:
        yield (
            "cascade_cannot_pay",
            "Its first member, with the judge, costs what the last does: it saves nothing.",
        )
    elif 2 * (first + judged) >= last:
        percent = 100 * (first + judged) // last
        yield (
            "cascade_pays_late",
            f"It saves money only where more than {percent} % of its first answers pass.",
        )


def _unit_nano(route: Route, release: Release) -> int | None:
    """What a million tokens each way cost at the dearest deployment of a model; None where unknown."""
    if isinstance(route, Places):
        route = route.model
    if not isinstance(route, Model):
        return None
    prices = [
        price
        for found in deployments_of(route, release.deployments)
        for price in found.prices
        if price.valid_to_us is None
    ]
    known = [_sum(price) for price in prices]
    return max((nano for nano in known if nano is not None), default=None)


def _sum(price: Price) -> int | None:
    pair = (price.input_nano_per_mtok, price.output_nano_per_mtok)
    return None if None in pair else sum(nano for nano in pair if nano is not None)


def _places(route: Places, release: Release) -> Found:
    if not 2 <= route.most <= MAX_PLACES:
        yield "places_wrong", f"A model has 2 to {MAX_PLACES} places, one after another."
    serving = [found for found in deployments_of(route, release.deployments) if found.enabled]
    most = max(Counter(found.queue for found in serving).values(), default=0)
    if 0 < most < route.most:
        yield (
            "places_few",
            f"“{route.model.model}” is to be tried in {route.most} places, and of its deployments "
            f"at most {most} can follow one another: calls of one request leave from one queue.",
        )


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
    if route.steps and route.steps[0].optional:
        yield "step_optional", "The first step can't be skipped: there is nothing yet that could be given."
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
    if route.unsure is not None:
        yield from _unsure(route, route.unsure)


def _unsure(route: Classify, unsure: Unsure) -> Found:
    labels = [branch.label for branch in route.branches]
    if route.by != "trained" or any(label.isdigit() for label in labels):
        yield "unsure_wrong", "Only a trained router whose branches are its labels can be unsure."
    if not 1 <= unsure.band <= MILLI:
        yield "unsure_wrong", f"It is unsure within 1 to {MILLI} thousandths of its threshold."
    if not 1 <= unsure.timeout_ms <= MAX_UNSURE_MS:
        yield "unsure_wrong", f"Who is asked has 1 to {MAX_UNSURE_MS} milliseconds."
    if unsure.default and unsure.default not in labels:
        yield "unsure_wrong", f"The default is one of the branches, and “{unsure.default}” is none."


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
    for stop in route.stops:
        most = MILLI if stop.metric in ("errors", "score") else MAX_STOP_LIMIT
        if not 0 < stop.limit < most:
            yield (
                "stop_wrong",
                f"“stop when {stop.metric}” takes a number above 0 and below {most}.",
            )
        if not MIN_STOP_AFTER <= stop.after <= MAX_STOP_AFTER:
            yield "stop_wrong", f"An arm is stopped after {MIN_STOP_AFTER} to {MAX_STOP_AFTER:,} requests."
    if any(isinstance(stop, Margin) for stop in route.stops) and not route.arms[0].weight:
        yield "stop_wrong", "The control has no share, so there is nothing to compare the other arms with."
    if route.stops and len(route.arms) < 2:
        yield "stop_wrong", "Only an arm beside the first can be stopped: the first takes over from it."


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


_WARNINGS = frozenset({"places_few", "cascade_ungated", "cascade_pays_late"})
_PROBLEMS: dict[type, Callable[[Any, Release], Found]] = {
    Places: _places,
    Cascade: _cascade,
    Tiered: _tiered,
    Ensemble: _ensemble,
    Pipeline: _pipeline,
    Verify: _verify,
    Classify: _classify,
    Hedge: _hedge,
    Experiment: _experiment,
}
