"""What is assured of a deployment, and for how long. Pure: time goes in as windows, and no clock is read.

Whatever is not known is not assured: no country is in no list, a retention that nobody stated is not zero.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from registry.core.conditions import parsed

Window = tuple[int | None, int | None]  # from, until (exclusive), in microseconds; None is open
ALWAYS: tuple[Window, ...] = ((None, None),)
NEVER: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A certification or an agreement of a deployment or its provider, as far as it has a date of issue.

    Empty `countries` and `data_kinds` are no limit; where there are some, it counts for a deployment in one
    of the countries, and for a class of which it covers every kind, and at least one.
    """

    name: str
    kind: str
    window: Window
    countries: frozenset[str] = frozenset()
    data_kinds: frozenset[str] = frozenset()

    def covers(self, country: str, data_kinds: Collection[str]) -> bool:
        return (not self.countries or country in self.countries) and (
            not self.data_kinds or (bool(data_kinds) and self.data_kinds.issuperset(data_kinds))
        )


@dataclass(frozen=True, slots=True)
class Assured:
    """What a deployment and its provider bring along. Countries in lower case; "" is unknown."""

    country: str = ""
    jurisdictions: frozenset[str] = frozenset()
    zero_retention: bool = False
    no_training: bool = False
    holdings: tuple[Holding, ...] = ()


def windows(
    condition: str, beside: Iterable[str], assured: Assured, data_kinds: Collection[str]
) -> tuple[Window, ...]:
    """When `condition` holds of the deployment: ALWAYS, NEVER, or as long as a certification lasts.

    `beside` are the conditions among which it stands: places of one kind are alternatives. What is not of the
    deployment, or unknown, holds never.
    """
    match parsed(condition):
        case ("zero_retention", _):
            return ALWAYS if assured.zero_retention else NEVER
        case ("no_training", _):
            return ALWAYS if assured.no_training else NEVER
        case ("country", _):
            return ALWAYS if assured.country in _places("country", beside) else NEVER
        case ("jurisdiction", _):
            under = assured.jurisdictions
            return ALWAYS if under and under <= _places("jurisdiction", beside) else NEVER
        case ("certification", kinds):
            return tuple(holding.window for holding in relied_on(kinds, assured, data_kinds))
    return NEVER


def relied_on(kinds: Collection[str], assured: Assured, data_kinds: Collection[str]) -> Iterator[Holding]:
    """What a condition on certifications of these kinds is met by, whenever that is."""
    for holding in assured.holdings:
        if holding.kind in kinds and holding.covers(assured.country, data_kinds):
            yield holding


def within(window: Window, now_us: int) -> bool:
    begins_us, ends_us = window
    return (begins_us is None or begins_us <= now_us) and (ends_us is None or now_us < ends_us)


def over(window: Window, now_us: int) -> bool:
    return window[1] is not None and window[1] <= now_us


def _places(kind: str, conditions: Iterable[str]) -> frozenset[str]:
    found = (parsed(condition) for condition in conditions)
    return frozenset(code for named in found if named and named[0] == kind for code in named[1])
