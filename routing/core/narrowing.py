"""A route resolved within what the request's knobs, and its policy's latency budget, leave of it. Pure.

1. A deployment whose one call could cost more than the request may is not called.
2. One whose measured median is above the latency budget is passed over where others can do it: first nothing
   of the plan may be so slow, then it is called where its place has nobody faster.
3. Of a plan that could still cost more, optional parts are left out (routing.core.affording).

Where nothing fits what the request may cost, the refusal says what the cheapest would have.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from billing.core.money import usd_text
from routing.core.affording import affordable, least_nano
from routing.core.decision import Candidate, PlanNode, Reason, calls
from routing.core.facts import Facts, Live
from routing.core.index import IndexedRule
from routing.core.knobs import NO_KNOBS, Knobs, Remark
from routing.core.planner import Planner
from routing.core.release import Deployment, Policy, Price, Release

MAX_COST, MAX_LATENCY, LATENCY_BUDGET, DIAL = "max_cost_usd", "max_latency_ms", "latency_budget_ms", "dial"


class Haste(IntEnum):
    ONLY_FAST = 0  # what is too slow is not called
    FAST_FIRST = 1  # it is, where its place in the route has nobody faster
    ANY = 2


@dataclass(slots=True)
class Limits:
    """What the planner asks of each deployment that could be called; `passed_over` says whom it cost that."""

    max_cost_nano: int | None
    budget_ms: int | None
    medians_ms: Mapping[str, int]
    haste: Haste = Haste.ANY
    passed_over: dict[str, Candidate] = field(default_factory=dict)

    def kept(self, able: list[Deployment], worst_nano: Callable[[Deployment], int]) -> list[Deployment]:
        if self.max_cost_nano is not None:
            able = [each for each in able if self._is_affordable(each, worst_nano(each))]
        if self.budget_ms is None or self.haste is Haste.ANY:
            return able
        fast = [each for each in able if not self._is_slow(each)]
        return fast if fast or self.haste is Haste.ONLY_FAST else able

    def expected_ms(self, deployment: str) -> int | None:
        return None if self.budget_ms is None else self.medians_ms.get(deployment)

    def _is_affordable(self, deployment: Deployment, nano: int) -> bool:
        if self.max_cost_nano is None or nano <= self.max_cost_nano:
            return True
        self._pass_over(deployment, Reason.OVER_MAX_COST, usd_text(nano))
        return False

    def _is_slow(self, deployment: Deployment) -> bool:
        median_ms = self.medians_ms.get(deployment.name)
        if median_ms is None or self.budget_ms is None or median_ms <= self.budget_ms:
            return False
        self._pass_over(deployment, Reason.OVER_MAX_LATENCY, f"{median_ms} ms")
        return True

    def _pass_over(self, deployment: Deployment, reason: Reason, detail: str) -> None:
        self.passed_over.setdefault(deployment.name, Candidate(deployment.name, reason, detail))


@dataclass(frozen=True, slots=True)
class Resolved:
    """`root` is None where nothing may serve; `cheapest_nano` is set where that is for what it could cost."""

    root: PlanNode | None
    queue: str | None
    attempts: int
    measures: frozenset[str]
    budget_ms: int | None = None
    passed_over: Mapping[str, Candidate] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    cheapest_nano: int | None = None
    stopped: tuple[str, ...] = ()


def resolve(
    release: Release, policy: Policy, rule: IndexedRule, facts: Facts, live: Live, prices: Mapping[str, Price]
) -> Resolved:
    """The route of `rule` with the deployments that have a price, within the limits that there are."""
    if facts.knobs == NO_KNOBS and policy.latency_budget_ms is None:
        planner = _planner(release, facts, live, prices)
        root = _root(planner, rule)
        attempts, stopped = policy.max_attempts_per_call, tuple(sorted(planner.stopped))
        return Resolved(root, planner.queue, attempts, frozenset(planner.measures), stopped=stopped)
    budget_ms, why = _budget_of(policy, facts.knobs)
    medians_ms = _medians(rule, live) if budget_ms is not None else {}
    remarks = tuple(_dial_remarks(release, rule, facts))
    found: Resolved | None = None
    for haste in Haste if budget_ms is not None else (Haste.ANY,):
        limits = Limits(facts.knobs.max_cost_nano, budget_ms, medians_ms, haste)
        found = _within(release, policy, rule, _planner(release, facts, live, prices, limits), why)
        if found.root is not None:
            return replace(found, remarks=(*remarks, *found.remarks))
    assert found is not None
    if facts.knobs.max_cost_nano is None:
        return found
    root = _root(_planner(release, facts, live, prices), rule)
    return found if root is None else replace(found, cheapest_nano=least_nano(release, root))


def _planner(
    release: Release, facts: Facts, live: Live, prices: Mapping[str, Price], limits: Limits | None = None
) -> Planner:
    may_hold = release.data_classes[facts.data_class].store_content
    return Planner(facts, live, prices, limits, may_hold=may_hold)


def _within(release: Release, policy: Policy, rule: IndexedRule, planner: Planner, why: str) -> Resolved:
    limits = planner.limits
    assert limits is not None
    root, attempts, left_out = _root(planner, rule), policy.max_attempts_per_call, list[Remark]()
    if root is not None and limits.max_cost_nano is not None:
        afforded = affordable(release, root, attempts, limits.max_cost_nano)
        if afforded is None:
            root = None
        else:
            root, attempts = afforded.root, afforded.attempts
            left_out = [Remark(MAX_COST, f"without_{what}", path) for what, path in afforded.left_out]
    called = {call.deployment for call in calls(root)} if root is not None else set()
    slow = sorted(name for name in called if limits.medians_ms.get(name, 0) > (limits.budget_ms or 0))
    if limits.budget_ms is not None and slow:
        left_out.append(Remark(why, "none_faster", detail=", ".join(slow)))
    if limits.budget_ms is not None:
        planner.measures.add("latency")
    return Resolved(
        root,
        planner.queue,
        attempts,
        frozenset(planner.measures),
        limits.budget_ms,
        {name: each for name, each in limits.passed_over.items() if name not in called},
        tuple(left_out),
        stopped=tuple(sorted(planner.stopped)),
    )


def _root(planner: Planner, rule: IndexedRule) -> PlanNode | None:
    return planner.resolve(rule.root) if planner.has_prices and rule.root is not None else None


def _budget_of(policy: Policy, knobs: Knobs) -> tuple[int | None, str]:
    """The smaller of the request's and the policy's, and whose it is."""
    if knobs.max_latency_ms is None:
        return policy.latency_budget_ms, LATENCY_BUDGET
    if policy.latency_budget_ms is None or knobs.max_latency_ms < policy.latency_budget_ms:
        return knobs.max_latency_ms, MAX_LATENCY
    return policy.latency_budget_ms, LATENCY_BUDGET


def _medians(rule: IndexedRule, live: Live) -> dict[str, int]:
    found = ((each.name, live.health.get(each.name)) for each in rule.deployments)
    return {
        name: health.latency_p50_ms
        for name, health in found
        if health is not None and health.latency_p50_ms is not None
    }


def _dial_remarks(release: Release, rule: IndexedRule, facts: Facts) -> Iterator[Remark]:
    """Which threshold the dial moved from where to where; that it moved none, where it did not."""
    dial = facts.knobs.dial
    if dial is None:
        return
    moved = False
    for name in rule.routers:
        router, score = release.routers.get(name), facts.score_of(name)
        if router is None or score is None or score.outside:
            continue
        if router.at_dial(dial) != router.threshold:
            moved = True
            yield Remark(DIAL, "threshold", detail=f"{name}: {router.threshold} to {router.at_dial(dial)}")
    if not moved:
        yield Remark(DIAL, "no_effect")
