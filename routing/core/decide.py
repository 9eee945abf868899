"""`decide(release, facts, live)`: pure, the same in every process, and the only place that routes.

1. Neither the key nor its application or team is suspended.
2. No rule refuses what was detected; the data class is known, and the key is cleared for it and for that.
3. What was asked for names a policy: `auto` the default one, a policy's name that policy where the
   application may use it, a model's name the default policy narrowed to that model.
4. The first rule whose conditions all hold gives the route, unless it or its policy is suspended.
5. Each deployment that the route names is judged (routing.core.judge).
6. The route is resolved with those that may serve (routing.core.planner), and bounded in cost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.core.batching import batched
from routing.core.decision import (
    Call,
    Candidate,
    ClassifyPlan,
    Decision,
    Plan,
    PlanNode,
    Reason,
    Refusal,
)
from routing.core.decision import calls as calls
from routing.core.facts import Facts, Live
from routing.core.index import Index, IndexedRule, index_of
from routing.core.judge import judge
from routing.core.matrix import MATRIX_REASONS
from routing.core.planner import Planner
from routing.core.release import DataClass, Policy, Price, Release
from routing.core.suspended import SUSPENDED, caller_refusal, suspended_route

AUTO = "auto"
# What is out of service says nothing of whether the class would be allowed.
_OUT_OF_SERVICE = frozenset({Reason.DISABLED, Reason.LIFECYCLE, Reason.SUSPENDED})


def decide(release: Release, facts: Facts, live: Live) -> Decision:
    """What will be done with the request, or why nothing will be."""
    index = index_of(release)
    refusal = caller_refusal(facts, live) or _class_refusal(release, facts)
    if refusal is not None:
        return refusal
    chosen = _policy_for(release, index, facts)
    if isinstance(chosen, Refusal):
        return chosen
    policy, only_model = chosen
    rule = index.rules[policy.name].first_match(facts)
    if rule is None:
        return Refusal("policy_denied", Reason.NO_RULE_MATCHED, policy.name, "", "")
    if live.suspended and (stopped := suspended_route(policy.name, rule.name, live.suspended)):
        return Refusal(SUSPENDED, Reason.SUSPENDED, policy.name, rule.name, stopped)
    if rule.root is None:
        return Refusal("policy_denied", Reason.RULE_REFUSES, policy.name, rule.name, "")
    return _plan(release, index, policy, rule, facts, live, only_model)


def _class_refusal(release: Release, facts: Facts) -> Refusal | None:
    if facts.refused_for:
        return Refusal("detection_refused", Reason.DETECTION_REFUSES, "", "", facts.refused_for)
    effective = release.data_classes.get(facts.data_class)
    if effective is None:
        return Refusal("data_class_denied", Reason.DATA_CLASS_UNKNOWN, "", "", facts.data_class)
    cleared = release.data_classes.get(facts.clearance)
    if cleared is None or cleared.rank < effective.rank:
        return Refusal("data_class_denied", Reason.CLEARANCE_EXCEEDED, "", "", facts.clearance)
    return _detected_refusal(release, facts, cleared)


def _detected_refusal(release: Release, facts: Facts, cleared: DataClass) -> Refusal | None:
    """What was found must be within the key's clearance, also where it is replaced before it leaves."""
    if not facts.detected_data_class:
        return None
    detected = release.data_classes.get(facts.detected_data_class)
    if detected is None:
        return Refusal("data_class_denied", Reason.DATA_CLASS_UNKNOWN, "", "", facts.detected_data_class)
    if cleared.rank < detected.rank:
        return Refusal("data_class_denied", Reason.CLEARANCE_EXCEEDED, "", "", facts.clearance)
    return None


def _policy_for(release: Release, index: Index, facts: Facts) -> tuple[Policy, str | None] | Refusal:
    """The policy, and the model to which what was asked for narrows it."""
    asked = facts.requested
    policy = release.policies.get(asked)
    if policy is not None and asked != AUTO:
        if policy.applications and facts.application not in policy.applications:
            return Refusal("policy_denied", Reason.POLICY_NOT_ALLOWED, asked, "", facts.application)
        return policy, None
    default = release.policies.get(release.default_policy)
    if default is not None and asked == AUTO:
        return default, None
    if default is not None and asked in index.models:
        return default, asked
    return Refusal("model_not_found", Reason.MODEL_NOT_FOUND, "", "", asked)


def _plan(
    release: Release,
    index: Index,
    policy: Policy,
    rule: IndexedRule,
    facts: Facts,
    live: Live,
    only_model: str | None,
) -> Decision:
    prices: dict[str, Price] = {}
    judged: list[Candidate] = []
    for deployment in rule.deployments:
        asked = None if deployment.name in rule.helpers else only_model
        verdict, price = judge(deployment, index, facts, live, asked)
        judged.append(verdict)
        if price is not None:
            prices[deployment.name] = price
    planner = Planner(facts, live, prices)
    root = planner.resolve(rule.root) if prices and rule.root is not None else None
    if root is None or planner.queue is None:
        shorter = _shortened(policy, facts, judged)
        if shorter is not None:
            return _plan(release, index, policy, rule, shorter, live, only_model)
        return _no_candidate(policy, rule, facts, tuple(judged))
    by_model = worst_case_by_model(release, root, policy.max_attempts_per_call)
    plan = Plan(
        policy=policy.name,
        rule=rule.name,
        root=root,
        queue=planner.queue,
        deadline_s=policy.deadline_s,
        max_attempts_per_call=policy.max_attempts_per_call,
        unsupported=policy.unsupported,
        worst_case_nano=sum(by_model.values()),
        worst_case_nano_by_model=tuple(sorted(by_model.items())),
        candidates=tuple(_bound_to_queue(release, judged, planner.queue)),
        measures=tuple(sorted(planner.measures)),
    )
    return batched(release, plan, facts, live.now_us) if facts.batch else plan


def _shortened(policy: Policy, facts: Facts, judged: Iterable[Candidate]) -> Facts | None:
    """The facts of what is left where the policy leaves out old turns that no candidate has room for; what is
    reserved stays that of the whole."""
    least = facts.least_input_tokens
    if policy.truncation == "refuse" or least is None or least >= facts.input_tokens:
        return None
    if not any(candidate.reason is Reason.CONTEXT_TOO_LONG for candidate in judged):
        return None
    return replace(facts, input_tokens=least, least_input_tokens=None)


def worst_case_by_model(release: Release, node: PlanNode, attempts: int) -> dict[str, int]:
    """Nano-dollars by model of whatever may be called under `node`, retries included. Of the branches of a
    Classify only one is: for each model the dearest counts."""
    if isinstance(node, Call):
        return {release.deployments[node.deployment].model: node.worst_case_nano * attempts}
    if not isinstance(node, ClassifyPlan):
        return _sums(worst_case_by_model(release, part, attempts) for part in node.parts)
    dearest: dict[str, int] = {}
    for branch in (*node.branches, node.otherwise):
        for model, nano in worst_case_by_model(release, branch, attempts).items():
            dearest[model] = max(dearest.get(model, 0), nano)
    return _sums((worst_case_by_model(release, node.helper, attempts), dearest))


def _sums(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in parts:
        for model, nano in part.items():
            sums[model] = sums.get(model, 0) + nano
    return sums


def _bound_to_queue(release: Release, judged: Iterable[Candidate], queue: str) -> Iterator[Candidate]:
    for candidate in judged:
        other = release.deployments[candidate.deployment].queue
        if candidate.reason is None and other != queue:
            yield Candidate(candidate.deployment, Reason.OTHER_QUEUE, other)
        else:
            yield candidate


def _no_candidate(policy: Policy, rule: IndexedRule, facts: Facts, judged: tuple[Candidate, ...]) -> Refusal:
    """`policy_denied` where the route holds nothing that was asked for; `data_class_denied` where the matrix
    excluded all that is in service; `suspended` where all that was asked for is. Where one reason excluded
    all, the refusal has it too."""
    reasons = {candidate.reason for candidate in judged if candidate.reason is not None}
    if reasons == {Reason.NOT_REQUESTED}:
        return Refusal("policy_denied", Reason.NOT_REQUESTED, policy.name, rule.name, facts.requested, judged)
    asked_for = reasons - {Reason.NOT_REQUESTED}
    in_service = asked_for - _OUT_OF_SERVICE
    if in_service and in_service <= MATRIX_REASONS:
        code, shared, detail = "data_class_denied", in_service, facts.data_class
    elif asked_for == {Reason.SUSPENDED}:
        code, shared, detail = SUSPENDED, asked_for, ""
    else:
        code, shared, detail = "no_candidate", asked_for, ""
    reason = next(iter(shared)) if len(shared) == 1 else Reason.NO_CANDIDATE
    return Refusal(code, reason, policy.name, rule.name, detail, judged)
