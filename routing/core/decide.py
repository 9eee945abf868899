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

from billing.core.money import usd_text
from routing.core.batching import batched
from routing.core.decision import (
    Candidate,
    Decision,
    Plan,
    Reason,
    Refusal,
)
from routing.core.decision import calls as calls
from routing.core.facts import Facts, Live
from routing.core.index import Index, IndexedRule, index_of
from routing.core.judge import judge
from routing.core.matrix import MATRIX_REASONS
from routing.core.narrowing import Resolved, resolve
from routing.core.release import DataClass, Policy, Price, Release
from routing.core.suspended import SUSPENDED, caller_refusal, suspended_route
from routing.core.worst import worst_case_by_model

AUTO = "auto"
# What is out of service says nothing of whether the class would be allowed.
_NOT_ASKED_FOR = frozenset({Reason.NOT_REQUESTED, Reason.MODEL_NOT_ALLOWED})
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
    allowed = facts.knobs.models
    for deployment in rule.deployments:
        if allowed and deployment.model not in allowed:
            judged.append(Candidate(deployment.name, Reason.MODEL_NOT_ALLOWED))
            continue
        asked = None if deployment.name in rule.helpers else only_model
        verdict, price = judge(deployment, index, facts, live, asked)
        judged.append(verdict)
        if price is not None:
            prices[deployment.name] = price
    resolved = resolve(release, policy, rule, facts, live, prices)
    if resolved.passed_over:
        judged = [resolved.passed_over.get(candidate.deployment, candidate) for candidate in judged]
    if resolved.root is None or resolved.queue is None:
        shorter = _shortened(policy, facts, judged)
        if shorter is not None:
            return _plan(release, index, policy, rule, shorter, live, only_model)
        refusal = _no_candidate(policy, rule, facts, tuple(judged), resolved)
        return replace(refusal, stopped=resolved.stopped) if resolved.stopped else refusal
    by_model = worst_case_by_model(release, resolved.root, resolved.attempts)
    plan = Plan(
        policy=policy.name,
        rule=rule.name,
        root=resolved.root,
        queue=resolved.queue,
        deadline_s=policy.deadline_s,
        max_attempts_per_call=resolved.attempts,
        unsupported=policy.unsupported,
        worst_case_nano=sum(by_model.values()),
        worst_case_nano_by_model=tuple(sorted(by_model.items())),
        candidates=tuple(_bound_to_queue(release, judged, resolved.queue)),
        measures=tuple(sorted(resolved.measures)),
        latency_budget_ms=resolved.budget_ms,
        remarks=resolved.remarks,
        stopped=resolved.stopped,
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


def _bound_to_queue(release: Release, judged: Iterable[Candidate], queue: str) -> Iterator[Candidate]:
    for candidate in judged:
        other = release.deployments[candidate.deployment].queue
        if candidate.reason is None and other != queue:
            yield Candidate(candidate.deployment, Reason.OTHER_QUEUE, other)
        else:
            yield candidate


def _no_candidate(
    policy: Policy, rule: IndexedRule, facts: Facts, judged: tuple[Candidate, ...], resolved: Resolved
) -> Refusal:
    """`max_cost_exceeded` where the request could be served for more than it may cost; `policy_denied` where
    the route holds nothing that was asked for; `data_class_denied` where the matrix excluded all that is in
    service; `suspended` where all that was asked for is. Where one reason excluded all, it is here too."""
    if resolved.cheapest_nano is not None:
        cheapest = usd_text(resolved.cheapest_nano)
        return Refusal("max_cost_exceeded", Reason.OVER_MAX_COST, policy.name, rule.name, cheapest, judged)
    reasons = {candidate.reason for candidate in judged if candidate.reason is not None}
    if reasons == {Reason.NOT_REQUESTED}:
        return Refusal("policy_denied", Reason.NOT_REQUESTED, policy.name, rule.name, facts.requested, judged)
    if reasons <= _NOT_ASKED_FOR and Reason.MODEL_NOT_ALLOWED in reasons:
        detail = ", ".join(facts.knobs.models)
        return Refusal("no_candidate", Reason.MODEL_NOT_ALLOWED, policy.name, rule.name, detail, judged)
    asked_for = reasons - _NOT_ASKED_FOR
    in_service = asked_for - _OUT_OF_SERVICE
    if in_service and in_service <= MATRIX_REASONS:
        code, shared, detail = "data_class_denied", in_service, facts.data_class
    elif asked_for == {Reason.SUSPENDED}:
        code, shared, detail = SUSPENDED, asked_for, ""
    else:
        code, shared, detail = "no_candidate", asked_for, ""
    reason = next(iter(shared)) if len(shared) == 1 else Reason.NO_CANDIDATE
    return Refusal(code, reason, policy.name, rule.name, detail, judged)
