"""Which classes of data may reach which deployments by a release, through which rules; and which did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from routing.core.conditions import accepted_values
from routing.core.index import SERVING_LIFECYCLES
from routing.core.lint.matching import deployments_of
from routing.core.matrix import Ruling
from routing.core.release import Deployment, Release, Rule
from routing.core.rulings import rulings_of

MAX_RULES_NAMED = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where data of one class goes. Names alone: what was reached may be registered no more."""

    data_class: str
    deployment: str
    model: str
    provider: str
    region: str


@dataclass(frozen=True, slots=True)
class Reached:
    """What the register says: so many calls, and the last of them in microseconds since the epoch."""

    calls: int
    last_us: int


@dataclass(frozen=True, slots=True)
class Flow:
    """`rules` are those by which it may go there now; none: it may not. `asks` is what the matrix still asks
    of a request. `reached` is None where none went there."""

    place: Place
    rules: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    reached: Reached | None = None

    @property
    def may(self) -> bool:
        return bool(self.rules)

    @property
    def is_stray(self) -> bool:
        """It went where it may not go by what is in force now."""
        return self.reached is not None and not self.may


def flows(release: Release, now_us: int, reached: Mapping[Place, Reached]) -> list[Flow]:
    """Of every class, those from the most sensitive down; by provider, model and region within."""
    may = {flow.place: flow for flow in _possible(release, now_us)}
    found = [
        Flow(place, *_by(may.get(place)), reached.get(place)) for place in {**may, **dict.fromkeys(reached)}
    ]
    ranks = {name: data_class.rank for name, data_class in release.data_classes.items()}
    return sorted(found, key=lambda flow: _order(flow.place, ranks))


def _by(flow: Flow | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (flow.rules, flow.asks) if flow else ((), ())


def _possible(release: Release, now_us: int) -> Iterator[Flow]:
    rulings = rulings_of(release)
    for deployment in release.deployments.values():
        if not _serves(deployment, now_us):
            continue
        for data_class, ruling in rulings[deployment.name].items():
            rules = tuple(_rules_to(release, deployment, data_class)) if _is_open(ruling, now_us) else ()
            if rules:
                asks = tuple(check.text for check in ruling.asks)
                yield Flow(_place(data_class, deployment), rules[:MAX_RULES_NAMED], asks)


def _serves(deployment: Deployment, now_us: int) -> bool:
    return (
        deployment.enabled
        and deployment.lifecycle in SERVING_LIFECYCLES
        and deployment.price_at(now_us) is not None
    )


def _is_open(ruling: Ruling, now_us: int) -> bool:
    return any(begins_us <= now_us < ends_us for begins_us, ends_us in ruling.open)


def _rules_to(release: Release, deployment: Deployment, data_class: str) -> Iterator[str]:
    for policy in release.policies.values():
        for rule in policy.rules:
            if rule.route is None or not _takes(rule, data_class, release):
                continue
            if deployments_of(rule.route, {deployment.name: deployment}):
                yield f"{policy.name}, {rule.name}"


def _takes(rule: Rule, data_class: str, release: Release) -> bool:
    """Whether some request of this class can match, by what the rule says of classes."""
    asked: Iterable[bool] = (
        (data_class in accepted_values(condition, release.data_classes)) != (condition.op == "not_in")
        for condition in rule.conditions
        if condition.fact == "data_class"
    )
    return all(asked)


def _place(data_class: str, deployment: Deployment) -> Place:
    return Place(data_class, deployment.name, deployment.model, deployment.provider, deployment.region)


def _order(place: Place, ranks: Mapping[str, int]) -> tuple[int, str, str, str, str, str]:
    rank = -ranks.get(place.data_class, -1)
    return rank, place.data_class, place.provider, place.model, place.region, place.deployment
