"""From a route and its verdicts to a plan: which of the deployments are called, in what order, at what cost.

All calls of a plan leave from one queue, that of the first call: a plan is executed where its data may be.
"""

from collections.abc import Mapping

from routing.core.cost import worst_case_nano
from routing.core.decision import Call, FallbackPlan, PlanNode
from routing.core.draws import draw, draw_by_weight
from routing.core.facts import Facts, Health, Live
from routing.core.index import BalanceNode, FallbackNode, Leaf, Node
from routing.core.judge import output_cap_tokens
from routing.core.release import Deployment, Price

HEALTHY = Health()


class Planner:
    """Resolves the nodes of one route. `prices` holds the deployments that may serve; `queue` is set by the
    first call that is resolved, and binds the ones after it; `measures` collects what was looked at.

    A plan calls a deployment once: whatever comes after a failed call is another deployment, or nothing.
    """

    __slots__ = ("_called", "_facts", "_live", "_prices", "measures", "queue")

    def __init__(self, facts: Facts, live: Live, prices: Mapping[str, Price]) -> None:
        self._facts = facts
        self._live = live
        self._prices = prices
        self._called: frozenset[str] = frozenset()
        self.queue: str | None = None
        self.measures: set[str] = set()

    def resolve(self, node: Node) -> PlanNode | None:
        """The plan of `node`, or None where nothing under it may serve."""
        if isinstance(node, Leaf):
            return self._leaf(node)
        if isinstance(node, FallbackNode):
            return self._fallback(node)
        return self._balance(node) if node.by == "weight" else self._best(node)

    def _leaf(self, leaf: Leaf) -> Call | None:
        able = [
            deployment
            for deployment in leaf.deployments
            if deployment.name in self._prices
            and deployment.name not in self._called
            and self.queue in (None, deployment.queue)
        ]
        if not able:
            return None
        at = 0
        if len(able) > 1:
            at = draw_by_weight(self._facts.request_id, leaf.path, [d.weight for d in able])
        self.queue = able[at].queue
        self._called |= {able[at].name}
        return self._call(leaf.path, able[at])

    def _call(self, path: str, deployment: Deployment) -> Call:
        facts, price = self._facts, self._prices[deployment.name]
        cap = output_cap_tokens(deployment, facts)
        worst = worst_case_nano(
            price,
            input_tokens=facts.input_tokens_bound + facts.images * deployment.image_tokens_bound,
            output_tokens=cap * facts.choices,
            audio=facts.operation != "chat" or "audio" in facts.needs,
            pictures=facts.pictures,
            audio_ms=facts.audio_ms,
            characters=facts.characters,
            service_tier=facts.service_tier,
        )
        return Call(path, deployment.name, worst, cap, price.id)

    def _fallback(self, node: FallbackNode) -> PlanNode | None:
        resolved = (self.resolve(member) for member in node.members)
        members = tuple(member for member in resolved if member is not None)
        if len(members) <= 1:
            return members[0] if members else None
        return FallbackPlan(node.path, members, node.on)

    def _balance(self, node: BalanceNode) -> PlanNode | None:
        """One member by weight; where nothing under it may serve, one of the others by weight, and so on."""
        left = list(zip(node.members, node.weights, strict=True))
        while left:
            path = f"{node.path}#{len(left)}"
            at = draw_by_weight(self._facts.request_id, path, [weight for _, weight in left])
            member, _ = left.pop(at)
            resolved = self.resolve(member)
            if resolved is not None:
                return resolved
        return None

    def _best(self, node: BalanceNode) -> PlanNode | None:
        """The member with the least cost, latency or load; ties are drawn."""
        before, best = (self.queue, self._called), None
        for member in node.members:
            self.queue, self._called = before
            resolved = self.resolve(member)
            if resolved is None:
                continue
            rank = (self._measure(resolved, node.by), draw(self._facts.request_id, member.path, 1 << 32))
            if best is None or rank < best[0]:
                best = (rank, resolved, (self.queue, self._called))
        self.queue, self._called = before if best is None else best[2]
        return None if best is None else best[1]

    def _measure(self, plan: PlanNode, by: str) -> int:
        """Of the call that would be made first. A latency that nobody has measured yet counts as none."""
        first = plan
        while isinstance(first, FallbackPlan):
            first = first.members[0]
        if by == "cost":
            return first.worst_case_nano
        self.measures.add(by)
        health = self._live.health.get(first.deployment, HEALTHY)
        return health.in_flight if by == "load" else health.latency_p50_ms or 0
