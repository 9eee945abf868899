"""From a route and its verdicts to a plan: which of the deployments are called, in what order, at what cost.

All calls of a plan leave from one queue, that of the first call: a plan is executed where its data may be.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from routing.core.cost import worst_case_nano
from routing.core.decision import Call, FallbackPlan, PlanNode, calls
from routing.core.draws import draw, draw_by_weight, sticky_key
from routing.core.facts import Facts, Health, Live
from routing.core.groups import resolve_group
from routing.core.index import BalanceNode, FallbackNode, Leaf, Node
from routing.core.judge import input_bound_tokens, needed_tokens, output_cap_tokens
from routing.core.parts import ANSWER, HELPERS
from routing.core.reading import Reads
from routing.core.release import Deployment, Price
from routing.core.routes import DEFAULT_FALLBACK_ON
from routing.core.suiting import suits

if TYPE_CHECKING:
    from routing.core.narrowing import Limits

HEALTHY = Health()
UNKNOWN_QUALITY = 1_001  # under any floor that is known


class Planner:
    """Resolves the nodes of one route. `prices` holds the deployments that may serve; `queue` is set by the
    first call that is resolved, and binds the ones after it; `measures` collects what was looked at, and
    `stopped` which arms and shadows of experiments would have been called and are stopped;
    `may_hold` says that an answer to this request may be stored, and so be held for a person.

    What comes after a failed call, or stands beside a call, is another deployment, or nothing: `called`
    holds those that are taken.
    """

    __slots__ = (
        "_drawn_by",
        "_prices",
        "_reads",
        "_role",
        "_taken",
        "called",
        "facts",
        "limits",
        "live",
        "may_hold",
        "measures",
        "queue",
        "stopped",
        "strangers_to",
    )

    def __init__(
        self,
        facts: Facts,
        live: Live,
        prices: Mapping[str, Price],
        limits: "Limits | None" = None,
        *,
        may_hold: bool = False,
    ) -> None:
        self.facts = facts
        self.limits = limits
        self.live = live
        self.may_hold = may_hold
        self._prices = prices
        self._reads: Reads | None = None
        self._role = ANSWER
        self._drawn_by = facts.request_id
        self._taken: dict[str, Deployment] = {}
        self.called: frozenset[str] = frozenset()
        self.strangers_to: frozenset[str] = frozenset()  # families and providers that may not be called
        self.queue: str | None = None
        self.measures: set[str] = set()
        self.stopped: set[str] = set()

    @property
    def has_prices(self) -> bool:
        """Whether anything may serve at all."""
        return bool(self._prices)

    def resolve(self, node: Node) -> PlanNode | None:
        """The plan of `node`, or None where nothing under it may serve."""
        if isinstance(node, Leaf):
            return self._call_of(node, node.path, node.path) if node.places is None else self._places(node)
        if isinstance(node, FallbackNode):
            return self._fallback(node)
        if isinstance(node, BalanceNode):
            return self._balanced(node)
        return resolve_group(self, node) if suits(node.route, self.facts.operation) else None

    @contextmanager
    def reading(self, more: Reads, role: str | None = None) -> Iterator[None]:
        """Calls resolved in here read `more` than the request; with a `role`, that is what they are for."""
        before = self._reads, self._role
        self._reads = more if self._reads is None else self._reads.and_(more)
        if role is not None and self._role == ANSWER:
            self._role = role
        try:
            yield
        finally:
            self._reads, self._role = before

    @contextmanager
    def playing(self, role: str) -> Iterator[None]:
        """Calls resolved in here are for `role`, unless what they are part of has another one."""
        before = self._role
        if before == ANSWER:
            self._role = role
        try:
            yield
        finally:
            self._role = before

    def kin_of(self, names: frozenset[str]) -> frozenset[str]:
        """The families and providers of deployments that were taken."""
        return frozenset(kin for name in names for kin in _kin(self._taken[name]))

    def _places(self, leaf: Leaf) -> PlanNode | None:
        """The first is drawn as a model in one place would be; each further one from those that are left."""
        assert leaf.places is not None
        found = list[PlanNode]()
        for at in range(leaf.places):
            path = f"{leaf.path}.{at}"
            call = self._call_of(leaf, path, path if at else leaf.path)
            if call is None:
                break
            found.append(call)
        return _in_turn(leaf.path, found, DEFAULT_FALLBACK_ON)

    def _call_of(self, leaf: Leaf, path: str, drawn_at: str) -> Call | None:
        """A call to one of the deployments that nobody took yet, drawn by weight."""
        able = [
            deployment
            for deployment in leaf.deployments
            if deployment.name in self._prices
            and deployment.name not in self.called
            and self.queue in (None, deployment.queue)
        ]
        if self._reads is not None or self.strangers_to:
            able = [deployment for deployment in able if self._fits(deployment)]
        if self.limits is not None:
            able = self.limits.kept(able, lambda each: self._call(path, each).worst_case_nano)
        if not able:
            return None
        at = 0
        if len(able) > 1:
            at = draw_by_weight(self._drawn_by, drawn_at, [d.weight for d in able])
        self.queue = able[at].queue
        self.called |= {able[at].name}
        self._taken[able[at].name] = able[at]
        return self._call(path, able[at])

    def _fits(self, deployment: Deployment) -> bool:
        if not self.strangers_to.isdisjoint(_kin(deployment)):
            return False
        reads = self._reads.estimate if self._reads else 0
        return needed_tokens(deployment, self.facts) + reads <= deployment.context_window_tokens

    def _call(self, path: str, deployment: Deployment) -> Call:
        facts, price, reads = self.facts, self._prices[deployment.name], self._reads
        bound: int | None = None
        if reads is not None:
            bound = facts.input_tokens_bound + reads.bound
            facts = replace(facts, input_tokens_bound=bound, input_tokens=facts.input_tokens + reads.estimate)
        cap = output_cap_tokens(deployment, facts)
        if reads is not None and reads.cap is not None:
            cap = min(reads.cap, deployment.max_output_tokens)
        worst = worst_case_nano(
            price,
            input_tokens=input_bound_tokens(deployment, facts),
            output_tokens=cap * (1 if self._role in HELPERS else facts.choices),
            audio=facts.operation != "chat" or "audio" in facts.needs,
            pictures=facts.pictures,
            audio_ms=facts.audio_ms,
            characters=facts.characters,
            service_tier=facts.service_tier,
        )
        expected_ms = None if self.limits is None else self.limits.expected_ms(deployment.name)
        return Call(path, deployment.name, worst, cap, price.id, self._role, bound, expected_ms)

    def _fallback(self, node: FallbackNode) -> PlanNode | None:
        resolved = (self.resolve(member) for member in node.members)
        return _in_turn(node.path, [member for member in resolved if member is not None], node.on)

    def _balanced(self, node: BalanceNode) -> PlanNode | None:
        """Whoever asks again, as the node is sticky, comes to the same member and the same deployment."""
        before = self._drawn_by
        if node.sticky != "request":
            self._drawn_by = sticky_key(self.facts, node.sticky)
        try:
            return self._balance(node) if node.by == "weight" else self._best(node)
        finally:
            self._drawn_by = before

    def _balance(self, node: BalanceNode) -> PlanNode | None:
        """One member by weight; where nothing under it may serve, one of the others by weight, and so on."""
        left = list(zip(node.members, node.weights, strict=True))
        while left:
            path = f"{node.path}#{len(left)}"
            at = draw_by_weight(self._drawn_by, path, [weight for _, weight in left])
            member, _ = left.pop(at)
            resolved = self.resolve(member)
            if resolved is not None:
                return resolved
        return None

    def _best(self, node: BalanceNode) -> PlanNode | None:
        """The member with the least cost, latency or load; ties are drawn. By value, those of at least the
        floor's quality come first, of the others the best, and last those whose quality nobody knows."""
        before, best = (self.queue, self.called), None
        for member, quality in zip(node.members, node.weights, strict=True):
            self.queue, self.called = before
            resolved = self.resolve(member)
            if resolved is None:
                continue
            short = self._short(node, resolved, quality) if node.by == "value" else 0
            measure = self._measure(resolved, node.by)
            rank = (short, measure, draw(self._drawn_by, member.path, 1 << 32))
            if best is None or rank < best[0]:
                best = (rank, resolved, (self.queue, self.called))
        self.queue, self.called = before if best is None else best[2]
        return None if best is None else best[1]

    def _short(self, node: BalanceNode, plan: PlanNode, quality: int) -> int:
        """How far under the floor the quality is: of one call as it was measured, and of several unknown."""
        if node.measured is None:
            return max(node.floor - quality, 0)
        first = plan
        while isinstance(first, FallbackPlan):
            first = first.members[0]
        known: int | None = None
        if isinstance(first, Call):
            called = self._taken[first.deployment]
            known = node.measured.get(f"{called.model}@{called.version}")
        return UNKNOWN_QUALITY if known is None else max(node.floor - known, 0)

    def _measure(self, plan: PlanNode, by: str) -> int:
        """Of the call that would be made first, or of all calls of a node that makes several at once or in
        turn. A latency that nobody has measured yet counts as none."""
        first = plan
        while isinstance(first, FallbackPlan):
            first = first.members[0]
        if by in ("cost", "value"):
            return sum(call.worst_case_nano for call in calls(first))
        self.measures.add(by)
        found = [self.live.health.get(call.deployment, HEALTHY) for call in calls(first)]
        return max(health.in_flight if by == "load" else health.latency_p50_ms or 0 for health in found)


def _in_turn(path: str, members: list[PlanNode], on: tuple[str, ...]) -> PlanNode | None:
    if len(members) > 1:
        return FallbackPlan(path, tuple(members), on)
    return members[0] if members else None


def _kin(deployment: Deployment) -> tuple[str, str]:
    return f"family:{deployment.family}", f"provider:{deployment.provider}"
