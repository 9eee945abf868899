"""From the nodes that make several calls to their plans. What can't be had of a node is left out, and the
node goes with it where it would not mean the same without:

- whose answer can't be checked is not asked, and who can't be verified does not answer;
- an ensemble that can't come to its quorum, a pipeline that lacks a step, and a Classify without its
  generalist are nothing; without its classifier, a Classify is its generalist;
- a hedge that lacks one side is the other, and a shadow that may not be cast is not;
- where an answer may not be stored it can't be held for a person, and one that does not pass is refused.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from registry.core.subjects import SHADOW as SHADOWS
from registry.core.subjects import SubjectKind, arm_target, subject
from routing.core.decision import (
    CheckedPlan,
    ClassifyPlan,
    EnsemblePlan,
    ExperimentPlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    PlanNode,
    calls,
)
from routing.core.draws import draw, draw_by_weight, sticky_key
from routing.core.facts import Facts, Health
from routing.core.index import GroupNode
from routing.core.parts import (
    CLASSIFIER,
    HEDGE,
    JUDGE,
    SHADOW,
    SYNTHESIS,
    VERIFIER,
    Checks,
    checks_of,
    helper_path,
    judge_path,
    otherwise_path,
)
from routing.core.reading import answer_tokens, reads_of
from routing.core.routes import (
    ESCALATE_ON,
    MILLI,
    Cascade,
    Classify,
    Ensemble,
    Experiment,
    Hedge,
    Pipeline,
    Tiered,
    Verify,
)

if TYPE_CHECKING:
    from routing.core.planner import Planner

UNKNOWN = Health()
LATE_FACTOR = 3  # of the median latency, where the p95 is not known
LATE_UNMEASURED_MS = 2_000
MIN_LATE_MS = 50


def resolve_group(planner: "Planner", node: GroupNode) -> PlanNode | None:
    return _RESOLVERS[type(node.route)](planner, node, node.route)


def _cascade(planner: "Planner", node: GroupNode, route: Cascade) -> PlanNode | None:
    members = [_checked_part(planner, node, at) for at in range(len(route.members))]
    return _in_turn(node.path, members)


def _tiered(planner: "Planner", node: GroupNode, route: Tiered) -> PlanNode | None:
    asked = [at for at in range(len(route.tiers)) if _holds(node, at, planner.facts)]
    return _in_turn(
        node.path, [_checked_part(planner, node, at) for at in range(max(asked, default=0), len(route.tiers))]
    )


def _verify(planner: "Planner", node: GroupNode, route: Verify) -> PlanNode | None:
    lenient = route.on_failure == "annotate"
    holds = route.on_failure == "hold" and planner.may_hold
    checked = _checked_part(planner, node, 0, lenient=lenient, holds=holds)
    if route.on_failure != "escalate" or route.otherwise is None:
        return checked
    return _in_turn(node.path, [checked, planner.resolve(node.parts[otherwise_path(node.path)])])


def _pipeline(planner: "Planner", node: GroupNode, route: Pipeline) -> PlanNode | None:
    before, steps = planner.called, list[PlanNode]()
    for at, step in enumerate(route.steps):
        planner.called = before
        with planner.reading(reads_of(step.prompt, _read_by(route, steps))):
            resolved = _checked_part(planner, node, at)
        if resolved is None:
            return None
        steps.append(resolved)
    planner.called |= {call.deployment for step in steps for call in calls(step)}
    optional = tuple(at for at, step in enumerate(route.steps) if step.optional)
    return PipelinePlan(node.path, tuple(steps), optional)


def _read_by(route: Pipeline, steps: list[PlanNode]) -> list[PlanNode]:
    """What the step after `steps` reads at most: of the one before it, or where that may be skipped of those
    before it, the one that may write the most."""
    before = list[PlanNode]()
    for at in reversed(range(len(steps))):
        before.append(steps[at])
        if not route.steps[at].optional:
            break
    return [max(before, key=answer_tokens)] if before else []


def _ensemble(planner: "Planner", node: GroupNode, route: Ensemble) -> PlanNode | None:
    members, weights = list[PlanNode](), list[int]()
    for at, voter in enumerate(route.members):
        before = planner.called
        for sample in range(voter.samples):
            if sample:
                planner.called = before  # a sample asks the same model again
            place = f"{node.path}.{at}~{sample}" if sample else f"{node.path}.{at}"
            resolved = planner.resolve(node.parts[place])
            if resolved is not None:
                members.append(resolved)
                weights.append(voter.weight)
    quorum = quorum_of(route)
    helper = _helper_of(planner, node, route, members)
    reachable = (sum(weights) if route.by == "vote" else len(members)) >= quorum
    plan: PlanNode | None = None
    if members and reachable and (helper is not None or route.helper is None):
        plan = EnsemblePlan(
            node.path, tuple(members), tuple(weights), route.by, quorum, route.compare, helper
        )
    if route.otherwise is None:
        return plan
    return _in_turn(node.path, [plan, planner.resolve(node.parts[otherwise_path(node.path)])])


def quorum_of(route: Ensemble) -> int:
    """What was asked for; else more than half of the weight of a vote, of the answers otherwise, and all of
    them where any may flag; counted over all that the route names: who can't serve can't lower it."""
    if route.quorum is not None:
        return route.quorum
    if route.by == "vote":
        return sum(voter.weight * voter.samples for voter in route.members) // 2 + 1
    if route.by == "any":
        return sum(voter.samples for voter in route.members)
    return sum(voter.samples for voter in route.members) // 2 + 1


def _helper_of(
    planner: "Planner", node: GroupNode, route: Ensemble, members: list[PlanNode]
) -> PlanNode | None:
    """Who picks may not be one of those it picks from; who writes one answer of them all may."""
    if route.helper is None or not members:
        return None
    picks = route.by == "judge"
    avoid = (
        frozenset(call.deployment for member in members for call in calls(member)) if picks else frozenset()
    )
    return _aside(
        planner,
        node.parts[helper_path(node.path)],
        reads_of(route.prompt, members, cap=route.max_output_tokens if picks else None),
        JUDGE if picks else SYNTHESIS,
        avoid,
    )


def _classify(planner: "Planner", node: GroupNode, route: Classify) -> PlanNode | None:
    unsure = route.unsure if route.by == "trained" else None
    if unsure is not None and _holds(node, len(route.branches), planner.facts):
        chosen = _branch_of(planner, node, route)
        own = next(
            (each.label for at, each in enumerate(route.branches) if chosen == f"{node.path}.{at}"), ""
        )
        helper = _classifier(planner, node, route, unsure.prompt, unsure.max_output_tokens)
        if helper is None:
            return planner.resolve(node.parts[chosen])
        return _branched(planner, node, route, helper, unsure.timeout_ms, unsure.default or own)
    if route.by != "model":
        return planner.resolve(node.parts[_branch_of(planner, node, route)])
    helper = _classifier(planner, node, route, route.prompt, route.max_output_tokens)
    return _branched(planner, node, route, helper, None, "")


def _classifier(
    planner: "Planner", node: GroupNode, route: Classify, prompt: str, cap: int
) -> PlanNode | None:
    part = node.parts.get(helper_path(node.path))
    if part is None:
        return None
    labels = " ".join(branch.label for branch in route.branches)
    return _aside(planner, part, reads_of(prompt + labels, (), cap=cap), CLASSIFIER)


def _branched(
    planner: "Planner",
    node: GroupNode,
    route: Classify,
    helper: PlanNode | None,
    timeout_ms: int | None,
    default: str,
) -> PlanNode | None:
    """Every branch that can be had, one of which is taken by what the helper says."""
    before, called = planner.called, list[frozenset[str]]()
    branches, labels_of = list[PlanNode](), list[str]()
    otherwise: PlanNode | None = None
    for at in (*range(len(route.branches)), None):
        planner.called = before
        place = otherwise_path(node.path) if at is None else f"{node.path}.{at}"
        resolved = planner.resolve(node.parts[place])
        if resolved is None:
            continue
        called.append(planner.called)
        if at is None:
            otherwise = resolved
        else:
            branches.append(resolved)
            labels_of.append(route.branches[at].label)
    planner.called = frozenset.intersection(*called) if called else before
    if otherwise is None or helper is None:
        return otherwise
    labels = tuple(labels_of)
    return ClassifyPlan(
        node.path,
        helper,
        labels,
        tuple(branches),
        otherwise,
        timeout_ms,
        default if default in labels else "",
    )


def _branch_of(planner: "Planner", node: GroupNode, route: Classify) -> str:
    """The path of the branch that the facts choose."""
    if route.by == "trained" and all(branch.label.isdigit() for branch in route.branches):
        score = planner.facts.score_of(route.router)
        gain = -1 if score is None or score.outside else score.thousandths
        reached = [
            (int(branch.label), at) for at, branch in enumerate(route.branches) if gain >= int(branch.label)
        ]
        at = max(reached)[1] if reached else None
    else:
        at = next((at for at in range(len(route.branches)) if _holds(node, at, planner.facts)), None)
    return otherwise_path(node.path) if at is None else f"{node.path}.{at}"


def _hedge(planner: "Planner", node: GroupNode, route: Hedge) -> PlanNode | None:
    first = planner.resolve(node.parts[f"{node.path}.0"])
    with planner.playing(HEDGE):
        second = planner.resolve(node.parts[f"{node.path}.1"])
    if first is None or second is None:
        return first or second
    after_ms = route.after_ms
    if after_ms is None:
        planner.measures.add("latency")
        after_ms = late_after_ms(planner.live.health.get(next(calls(first)).deployment, UNKNOWN))
    return HedgePlan(node.path, first, second, after_ms)


def late_after_ms(health: Health) -> int:
    """When a call is later than nineteen of twenty: the measured p95; three medians until there is one."""
    measured = health.latency_p95_ms
    if measured is None and health.latency_p50_ms is not None:
        measured = LATE_FACTOR * health.latency_p50_ms
    return LATE_UNMEASURED_MS if measured is None else max(measured, MIN_LATE_MS)


def _experiment(planner: "Planner", node: GroupNode, route: Experiment) -> PlanNode | None:
    """The arm is drawn by the experiment's name and who asks: it stays when the route around it changes. Who
    would have an arm that is stopped has the first."""
    sticky, place = sticky_key(planner.facts, route.sticky), f"experiment:{route.name}"
    at = draw_by_weight(sticky, place, [arm.weight for arm in route.arms])
    if at and _is_stopped(planner, subject(SubjectKind.ARM, arm_target(route.name, route.arms[at].name))):
        at = 0
    member = planner.resolve(node.parts[f"{node.path}.{at}"])
    if member is None:
        return None
    shadows, shadows_of = [], subject(SHADOWS, route.name)
    for number, (_, share) in enumerate(route.shadows):
        path = f"{node.path}.s{number}"
        if draw(planner.facts.request_id, path, MILLI) < share and not _is_stopped(planner, shadows_of):
            avoid = frozenset(call.deployment for call in calls(member))
            shadow = _aside(planner, node.parts[path], None, SHADOW, avoid)
            shadows += [] if shadow is None else [shadow]
    return ExperimentPlan(node.path, route.name, route.arms[at].name, member, tuple(shadows))


def _is_stopped(planner: "Planner", what: str) -> bool:
    if what not in planner.live.suspended:
        return False
    planner.stopped.add(what)
    return True


def _checked_part(
    planner: "Planner", node: GroupNode, at: int, *, lenient: bool = False, holds: bool = False
) -> PlanNode | None:
    place = f"{node.path}.{at}"
    before = planner.queue, planner.called
    member = planner.resolve(node.parts[place])
    checks = checks_of(node.route, at)
    if member is None or not checks:
        return member
    judge = None
    if checks.judge is not None:
        judge = _judge_of(planner, node, place, member, checks)
        if judge is None:
            planner.queue, planner.called = before
            return None
    threshold = checks.judge.threshold if checks.judge else 0
    return CheckedPlan(place, member, bool(checks.gates), judge, threshold, lenient, holds)


def _judge_of(
    planner: "Planner", node: GroupNode, place: str, member: PlanNode, checks: Checks
) -> PlanNode | None:
    """Nobody judges its own answer; a verifier is of none of the families and providers that answer."""
    assert checks.judge is not None
    verifies = isinstance(node.route, Verify)
    reads = reads_of(checks.judge.rubric, (member,), cap=checks.judge.max_output_tokens)
    own = frozenset(call.deployment for call in calls(member))
    before = planner.strangers_to
    if verifies:
        planner.strangers_to = before | planner.kin_of(own)
    try:
        role = VERIFIER if verifies else JUDGE
        return _aside(planner, node.parts[judge_path(place)], reads, role, own)
    finally:
        planner.strangers_to = before


def _aside(
    planner: "Planner", part: Any, reads: Any, role: str, avoid: frozenset[str] = frozenset()
) -> PlanNode | None:
    """Resolved without a claim on the deployments that answer: none of `avoid`, and any other."""
    before = planner.called
    planner.called = avoid
    try:
        if reads is None:
            with planner.playing(role):
                return planner.resolve(part)
        with planner.reading(reads, role):
            return planner.resolve(part)
    finally:
        planner.called = before


def _in_turn(path: str, members: list[PlanNode | None]) -> PlanNode | None:
    able = tuple(member for member in members if member is not None)
    if len(able) > 1:
        return FallbackPlan(path, able, ESCALATE_ON)
    return able[0] if able else None


def _holds(node: GroupNode, at: int, facts: Facts) -> bool:
    """Whether there are conditions, and each holds."""
    predicates = node.predicates[at]
    return bool(predicates) and all(predicate(facts) for predicate in predicates)


_RESOLVERS: dict[type, Callable[[Any, GroupNode, Any], PlanNode | None]] = {
    Cascade: _cascade,
    Tiered: _tiered,
    Verify: _verify,
    Pipeline: _pipeline,
    Ensemble: _ensemble,
    Classify: _classify,
    Hedge: _hedge,
    Experiment: _experiment,
}
