"""Which rows a person may see and change, where rows belong to teams.

One abstraction for every door: a model says once how its rows belong to a team (`register`), and whoever
shows or changes rows asks `visible`, `administered`, `sees` or `may_change`. The base of every admin class
does, so lists, forms, choices, histories and exports agree. Rows of a model without a rule belong to no team.

Who reaches which team is the registry's to know, above this layer: it is given to `set_source`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
Person = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the teams' rows a person reaches: everything, or `teams` (id to name).

    `administered` are the ids of those of `teams` whose rows they may also change.
    """

    everything: bool = False
    user_id: Any = None
    teams: Mapping[Any, str] = field(default_factory=dict)
    administered: frozenset[Any] = frozenset()

    @property
    def names(self) -> list[str]:
        return list(self.teams.values())

    def to_change(self) -> "Reach":
        """The same, narrowed to what may be changed."""
        kept = {team: name for team, name in self.teams.items() if team in self.administered}
        return replace(self, teams=kept)


Rule = Callable[[Reach], Q]
Source = Callable[[Person], Reach]

_rules: dict[type[Model], Rule] = {}
_sources: list[Source] = []


def set_source(source: Source) -> None:
    """Who reaches which teams. The registry gives it once, when it is ready."""
    _sources[:] = [source]


def register(model: type[Model], rule: Rule) -> None:
    """`rule` picks the rows of `model` that a reach holds; it is asked only where that is not everything."""
    _rules[model] = rule


def by_team(*paths: str) -> Rule:
    """Rows that any of `paths` leads from to a team within reach."""

    def rule(reach: Reach) -> Q:
        found = Q()
        for path in paths:
            found |= Q(**{f"{path}__in": list(reach.teams)})
        return found

    return rule


def by_name(path: str) -> Rule:
    """Rows of the register and the ledger, which know a team by its name."""
    return lambda reach: Q(**{f"{path}__in": reach.names})


def organisation(reach: Reach) -> Q:
    """For rows of which no single team may see any."""
    return Q(pk__in=[])


def is_scoped(model: type[Model]) -> bool:
    return model._meta.concrete_model in _rules


def reach_of(person: Person) -> Reach:
    """Asked once for each person object, as permissions are."""
    known: Reach | None = getattr(person, "_reach", None)
    if known is None:
        known = _sources[0](person)
        person._reach = known  # type: ignore[union-attr]
    return known


def visible(person: Person, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows that the person may see, their rights to the model given."""
    return _within(queryset, reach_of(person)) if is_scoped(queryset.model) else queryset


def administered(person: Person, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows that the person may change, their rights to the model given."""
    return _within(queryset, reach_of(person).to_change()) if is_scoped(queryset.model) else queryset


def sees(person: Person, row: Model) -> bool:
    return _free(person, type(row)) or visible(person, _stored(row)).exists()


def may_change(person: Person, row: Model) -> bool:
    return _free(person, type(row)) or administered(person, _stored(row)).exists()


def may_add(person: Person, model: type[Model]) -> bool:
    """Whether any row that the person could add would be within what they may change."""
    return _free(person, model) or bool(reach_of(person).administered)


def _free(person: Person, model: type[Model]) -> bool:
    return not is_scoped(model) or reach_of(person).everything


def _stored(row: M) -> QuerySet[M]:
    return type(row)._base_manager.filter(pk=row.pk)


def _within(queryset: QuerySet[M], reach: Reach) -> QuerySet[M]:
    if reach.everything:
        return queryset
    rule = _rules[queryset.model._meta.concrete_model or queryset.model]
    return queryset.filter(rule(reach))
