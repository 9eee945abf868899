"""A release made ready for `decide`: conditions as predicates, routes with their deployments looked up, and
of the matrix all that depends on neither the request nor the time.

Built once per release and kept for the few that are in use.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from routing.core.conditions import Predicate, predicate_of
from routing.core.decision import Candidate, Reason
from routing.core.parts import HELPERS, every_part, parts_of
from routing.core.release import Deployment, Release, Rule
from routing.core.residency import places_of
from routing.core.routes import Balance, Classify, Condition, Fallback, Model, Places, Route, Tiered
from routing.core.ruletable import RuleTable, rule_table
from routing.core.rulings import Rulings, rulings_of
from routing.core.scoring import is_unsure, says
from routing.core.suspended import subjects_of

MAX_INDEXED_RELEASES = 16
SERVING_LIFECYCLES = frozenset({"approved", "deprecated"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A Model node: the deployments that it names, in order of name. `places` says how many of them are
    called, one after another; None is one call, at the path itself."""

    path: str
    deployments: tuple[Deployment, ...]
    places: int | None = None


@dataclass(frozen=True, slots=True)
class FallbackNode:
    path: str
    members: tuple["Node", ...]
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BalanceNode:
    path: str
    members: tuple["Node", ...]
    weights: tuple[int, ...]
    by: str
    sticky: str = "request"
    floor: int = 0
    measured: Mapping[str, int] | None = None  # “model@version” → quality; None: the weights are it


@dataclass(frozen=True, slots=True)
class GroupNode:
    """Any other node: what the route says, its parts by path, and the predicates of its branches or tiers;
    after those of the branches, that of a trained router that is unsure."""

    path: str
    route: Route
    parts: dict[str, "Node"]
    predicates: tuple[tuple[Predicate, ...], ...] = ()


Node = Leaf | FallbackNode | BalanceNode | GroupNode


@dataclass(frozen=True, slots=True)
class IndexedRule:
    """`deployments` are all that the route names, each once, in the order of the route; `helpers` those of
    them that only judge, classify or shadow."""

    name: str
    predicates: tuple[Predicate, ...]
    root: Node | None
    deployments: tuple[Deployment, ...]
    helpers: frozenset[str] = frozenset()
    routers: tuple[str, ...] = ()  # the trained routers that the route asks for their labels


@dataclass(frozen=True, slots=True)
class Index:
    models: frozenset[str]
    rules: dict[str, RuleTable[IndexedRule]]  # by policy
    able: dict[str, Candidate]  # by deployment: the verdict "may serve"
    out_of_service: dict[str, Candidate]  # by deployment: disabled, or in a lifecycle that does not serve
    rulings: Rulings  # what is absent is denied
    places: dict[str, frozenset[str]]  # by deployment: how a residency may name where it is
    subjects: dict[str, tuple[str, ...]]  # by deployment: what a suspension of would stop it


@lru_cache(maxsize=MAX_INDEXED_RELEASES)
def index_of(release: Release) -> Index:
    by_model: dict[str, list[Deployment]] = {}
    for name in sorted(release.deployments):
        deployment = release.deployments[name]
        by_model.setdefault(deployment.model, []).append(deployment)
    return Index(
        models=frozenset(by_model),
        rules={
            policy.name: rule_table(
                policy.rules,
                [_indexed(rule, release, by_model) for rule in policy.rules],
                release.data_classes,
            )
            for policy in release.policies.values()
        },
        able={name: Candidate(name) for name in release.deployments},
        out_of_service={
            name: verdict
            for name, deployment in release.deployments.items()
            if (verdict := _out_of_service(deployment))
        },
        rulings=rulings_of(release),
        places={name: places_of(deployment) for name, deployment in release.deployments.items()},
        subjects={name: subjects_of(deployment) for name, deployment in release.deployments.items()},
    )


def leaves(node: Node, *, helps: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """The Model nodes under `node`, from left to right, and whether they only help."""
    if isinstance(node, Leaf):
        yield node, helps
    elif isinstance(node, GroupNode):
        for part in parts_of(node.route, node.path):
            yield from leaves(node.parts[part.path], helps=helps or part.role in HELPERS)
    else:
        for member in node.members:
            yield from leaves(member, helps=helps)


def _indexed(rule: Rule, release: Release, by_model: dict[str, list[Deployment]]) -> IndexedRule:
    root = _Indexing(release, by_model).node(rule.route, "0") if rule.route is not None else None
    found = list(leaves(root)) if root is not None else []
    named = {deployment.name: deployment for leaf, _ in found for deployment in leaf.deployments}
    answering = {deployment.name for leaf, helps in found if not helps for deployment in leaf.deployments}
    return IndexedRule(
        name=rule.name,
        predicates=predicates_of(rule.conditions, release),
        root=root,
        deployments=tuple(named.values()),
        helpers=frozenset(named.keys() - answering),
        routers=tuple(sorted(_dialled(rule.route))) if rule.route is not None else (),
    )


def _dialled(route: Route) -> set[str]:
    """The routers whose threshold decides: branches by least scores have their own."""
    asked = (part.route for part in every_part(route))
    return {
        node.router
        for node in asked
        if isinstance(node, Classify)
        and node.by == "trained"
        and not all(branch.label.isdigit() for branch in node.branches)
    }


def predicates_of(conditions: Iterable[Condition], release: Release) -> tuple[Predicate, ...]:
    return tuple(predicate_of(condition, release.data_classes) for condition in conditions)


@dataclass(frozen=True, slots=True)
class _Indexing:
    release: Release
    by_model: dict[str, list[Deployment]]

    def node(self, route: Route, path: str) -> Node:
        if isinstance(route, Model):
            return Leaf(path, self._named(route))
        if isinstance(route, Places):
            return Leaf(path, self._named(route.model), route.most)
        parts = {part.path: self.node(part.route, part.path) for part in parts_of(route, path)}
        if isinstance(route, Fallback):
            return FallbackNode(path, tuple(parts.values()), route.on)
        if isinstance(route, Balance):
            weights = tuple(weight for _, weight in route.members)
            measured = self.release.measured.get(route.measured, {}) if route.measured else None
            members = tuple(parts.values())
            return BalanceNode(path, members, weights, route.by, route.sticky, route.floor, measured)
        return GroupNode(path, route, parts, self._predicates(route))

    def _named(self, model: Model) -> tuple[Deployment, ...]:
        of_model = self.by_model.get(model.model, ())
        return tuple(deployment for deployment in of_model if _matches(model, deployment))

    def _predicates(self, route: Route) -> tuple[tuple[Predicate, ...], ...]:
        if isinstance(route, Classify) and route.by == "trained":
            chosen = tuple((says(self.release, route.router, each.label),) for each in route.branches)
            unsure = route.unsure
            return (
                chosen if unsure is None else (*chosen, (is_unsure(self.release, route.router, unsure.band),))
            )
        if isinstance(route, Classify):
            return tuple(predicates_of(branch.conditions, self.release) for branch in route.branches)
        if isinstance(route, Tiered):
            return tuple(predicates_of(tier.conditions, self.release) for tier in route.tiers)
        return ()


def _matches(route: Model, deployment: Deployment) -> bool:
    return (
        (route.version is None or route.version == deployment.version)
        and (route.deployment is None or route.deployment == deployment.name)
        and (route.region is None or route.region == deployment.region)
    )


def _out_of_service(deployment: Deployment) -> Candidate | None:
    if not deployment.enabled:
        return Candidate(deployment.name, Reason.DISABLED)
    if deployment.lifecycle not in SERVING_LIFECYCLES:
        return Candidate(deployment.name, Reason.LIFECYCLE, deployment.lifecycle)
    return None
