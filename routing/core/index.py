"""A release made ready for `decide`: conditions as predicates, routes with their deployments looked up, and
of the matrix all that depends on neither the request nor the time.

Built once per release and kept for the few that are in use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from routing.core.conditions import Predicate, predicate_of
from routing.core.decision import Candidate, Reason
from routing.core.release import Balance, Deployment, Fallback, Model, Release, Route, Rule
from routing.core.residency import places_of
from routing.core.ruletable import RuleTable, rule_table
from routing.core.rulings import Rulings, rulings_of
from routing.core.suspended import subjects_of

MAX_INDEXED_RELEASES = 16
SERVING_LIFECYCLES = frozenset({"approved", "deprecated"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A Model node: the deployments that it names, in order of name."""

    path: str
    deployments: tuple[Deployment, ...]


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


Node = Leaf | FallbackNode | BalanceNode


@dataclass(frozen=True, slots=True)
class IndexedRule:
    """`deployments` are all that the route names, each once, in the order of the route."""

    name: str
    predicates: tuple[Predicate, ...]
    root: Node | None
    deployments: tuple[Deployment, ...]


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


def leaves(node: Node) -> Iterator[Leaf]:
    """The Model nodes under `node`, from left to right."""
    if isinstance(node, Leaf):
        yield node
    else:
        for member in node.members:
            yield from leaves(member)


def _indexed(rule: Rule, release: Release, by_model: dict[str, list[Deployment]]) -> IndexedRule:
    root = _node(rule.route, "0", by_model) if rule.route is not None else None
    named = [d for leaf in leaves(root) for d in leaf.deployments] if root is not None else []
    return IndexedRule(
        name=rule.name,
        predicates=tuple(predicate_of(condition, release.data_classes) for condition in rule.conditions),
        root=root,
        deployments=tuple({deployment.name: deployment for deployment in named}.values()),
    )


def _node(route: Route, path: str, by_model: dict[str, list[Deployment]]) -> Node:
    if isinstance(route, Model):
        named = by_model.get(route.model, ())
        return Leaf(path, tuple(deployment for deployment in named if _matches(route, deployment)))
    if isinstance(route, Fallback):
        members = (_node(member, f"{path}.{at}", by_model) for at, member in enumerate(route.members))
        return FallbackNode(path, tuple(members), route.on)
    if isinstance(route, Balance):
        members = (_node(member, f"{path}.{at}", by_model) for at, (member, _) in enumerate(route.members))
        return BalanceNode(path, tuple(members), tuple(weight for _, weight in route.members), route.by)
    raise TypeError(f"no such route node: {route!r}")


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
