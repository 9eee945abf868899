"""Which level of a route answered, by the answer's path: the tier, the member of a cascade or a fallback, or
the place of a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from routing.core.parts import ANSWER, every_part, is_under, models_of, parts_of
from routing.core.routes import Cascade, Fallback, Places, Route, Tiered

KINDS = {Tiered: "tiers", Cascade: "cascade", Fallback: "fallback", Places: "places"}


@dataclass(frozen=True, slots=True)
class Levels:
    """A node that is asked from its first level on. `names` say what each level is, `places` where."""

    path: str
    kind: str
    names: tuple[str, ...]
    places: tuple[str, ...]

    def counted(self, answers: Mapping[str, int]) -> list[int]:
        """How many of the answers, by path, each level gave."""
        counts = [0] * len(self.places)
        for path, count in answers.items():
            for at, place in enumerate(self.places):
                if is_under(path, place):
                    counts[at] += count
        return counts


def levels_of(route: Route) -> Iterator[Levels]:
    """Every node of the route that has levels whose answer may be the request's."""
    for part in every_part(route):
        kind = KINDS.get(type(part.route))
        if kind is not None and part.role == ANSWER:
            yield Levels(part.path, kind, _names(part.route), _places(part.route, part.path))


def _places(route: Route, path: str) -> tuple[str, ...]:
    return tuple(part.path for part in parts_of(route, path) if part.role == ANSWER)


def _names(route: Route) -> tuple[str, ...]:
    if isinstance(route, Tiered):
        return tuple(tier.name for tier in route.tiers)
    if isinstance(route, Places):
        return tuple(f"{route.model.model}, place {at}" for at in range(1, route.most + 1))
    assert isinstance(route, Cascade | Fallback)
    return tuple(_models(member) for member in route.members)


def _models(route: Route) -> str:
    """The models that it may ask, each once, in the order of the route."""
    return ", ".join(dict.fromkeys(model.model for model in models_of(route)))
