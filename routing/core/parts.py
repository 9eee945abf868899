"""What a route consists of: its direct parts, each with the path of its place and the role of its calls.

The one place that says how paths are made: index, planner, the composer of prompts and lint agree by it.

    0.1      the second member, step, branch, arm or tier        0.1.j    who judges or verifies its answer
    0.1~2    its third sample                                    0.o      who is asked otherwise
    0.h      the helper: who picks, synthesises or classifies    0.s0     the first shadow
    0.0      also the first of a model's places
"""

from collections.abc import Iterator
from dataclasses import dataclass

from routing.core.routes import (
    Balance,
    Cascade,
    Classify,
    Ensemble,
    Experiment,
    Fallback,
    Gate,
    Hedge,
    Judge,
    Model,
    Pipeline,
    Places,
    Route,
    Tiered,
    Verify,
)

ROOT = "0"
ANSWER, JUDGE, VERIFIER, CLASSIFIER, SYNTHESIS = "answer", "judge", "verifier", "classifier", "synthesis"
SHADOW, HEDGE = "shadow", "hedge"
# Whose words the application never gets: that it asked for another model says nothing of them.
HELPERS = frozenset({JUDGE, VERIFIER, CLASSIFIER, SHADOW})


@dataclass(frozen=True, slots=True)
class Part:
    path: str
    route: Route
    role: str = ANSWER


@dataclass(frozen=True, slots=True)
class Checks:
    """What the answer of a part must pass."""

    gates: tuple[Gate, ...] = ()
    judge: Judge | None = None

    def __bool__(self) -> bool:
        return bool(self.gates or self.judge)


NO_CHECKS = Checks()


def parts_of(route: Route, path: str) -> Iterator[Part]:
    """The direct parts, those that answer first."""
    for at, (member, samples) in enumerate(_answering(route)):
        place = f"{path}.{at}"
        role = HEDGE if isinstance(route, Hedge) and at == 1 else ANSWER
        for sample in range(samples):
            yield Part(f"{place}~{sample}" if sample else place, member, role)
        judge = checks_of(route, at).judge
        if judge is not None:
            yield Part(judge_path(place), judge.route, VERIFIER if isinstance(route, Verify) else JUDGE)
    if isinstance(route, Ensemble | Classify) and route.helper is not None:
        yield Part(helper_path(path), route.helper, _helps(route))
    elif isinstance(route, Classify) and route.unsure is not None:
        yield Part(helper_path(path), route.unsure.route, CLASSIFIER)
    if isinstance(route, Ensemble | Verify | Classify) and route.otherwise is not None:
        yield Part(otherwise_path(path), route.otherwise)
    if isinstance(route, Experiment):
        for at, (shadow, _) in enumerate(route.shadows):
            yield Part(f"{path}.s{at}", shadow, SHADOW)


def checks_of(route: Route, at: int) -> Checks:
    """What the answer of the part at `at` must pass within `route`."""
    match route:
        case Cascade(members=members):
            checked = route.strict or at < len(members) - 1
            return Checks(route.gates, route.judge) if checked else NO_CHECKS
        case Tiered(tiers=tiers):
            return Checks(route.gates, route.judge) if at < len(tiers) - 1 else NO_CHECKS
        case Pipeline(steps=steps):
            return Checks(steps[at].gates, steps[at].judge)
        case Verify():
            return Checks(route.gates, route.verifier)
    return NO_CHECKS


def judge_path(path: str) -> str:
    return f"{path}.j"


def helper_path(path: str) -> str:
    return f"{path}.h"


def otherwise_path(path: str) -> str:
    return f"{path}.o"


def is_under(path: str, above: str) -> bool:
    return path == above or path.startswith(above + ".")


def every_part(route: Route, path: str = ROOT, role: str = ANSWER) -> Iterator[Part]:
    """The route and all that it consists of; what a helper consists of has the helper's role."""
    yield Part(path, route, role)
    for part in parts_of(route, path):
        yield from every_part(part.route, part.path, part.role if role == ANSWER else role)


def depth_of(route: Route) -> int:
    return 1 + max((depth_of(part.route) for part in parts_of(route, ROOT)), default=0)


def models_of(route: Route) -> Iterator[Model]:
    """Every model that the route names, once for each call that it may make of it."""
    for part in every_part(route):
        if isinstance(part.route, Model):
            yield part.route


def _answering(route: Route) -> list[tuple[Route, int]]:
    """(route, samples) of the parts whose answer may become the node's own."""
    match route:
        case Places(model=model, most=most):
            return [(model, 1)] * most
        case Fallback(members=members) | Cascade(members=members):
            return [(member, 1) for member in members]
        case Balance():
            return [(member, 1) for member, _ in route.members]
        case Ensemble():
            return [(voter.route, voter.samples) for voter in route.members]
        case Pipeline():
            return [(step.route, 1) for step in route.steps]
        case Verify():
            return [(route.route, 1)]
        case Classify():
            return [(branch.route, 1) for branch in route.branches]
        case Hedge():
            return [(route.route, 1), (route.second, 1)]
        case Experiment():
            return [(arm.route, 1) for arm in route.arms]
        case Tiered():
            return [(tier.route, 1) for tier in route.tiers]
    return []


def _helps(route: Ensemble | Classify) -> str:
    if isinstance(route, Classify):
        return CLASSIFIER
    return JUDGE if route.by == "judge" else SYNTHESIS
