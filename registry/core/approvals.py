"""Whether a proposal may go on: which areas still wait, and who may decide for which.

Pure: people are ids, rights are sets of areas. What these functions allow, the database allows too; what they
refuse, it refuses again (registry.triggers).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Vote:
    """A verdict on the digest that is asked about."""

    area: str
    person: str
    approves: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who wants to decide. `areas` are their own; `acts_for` maps whoever delegated to them, at this moment,
    to that person's areas."""

    id: str
    areas: frozenset[str] = frozenset()
    acts_for: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may decide: area → whose right that is (their own id, or the principal's)."""

    own_work: bool
    areas: Mapping[str, str] = field(default_factory=dict)


def waiting(quorums: Mapping[str, int], votes: Iterable[Vote]) -> dict[str, int]:
    """Area → how many people are still missing; empty where all have agreed."""
    agreed: dict[str, set[str]] = {}
    for vote in votes:
        if vote.approves:
            agreed.setdefault(vote.area, set()).add(vote.person)
    missing = {area: quorum - len(agreed.get(area, ())) for area, quorum in quorums.items()}
    return {area: count for area, count in sorted(missing.items()) if count > 0}


def standing(
    person: Person, editors: frozenset[str], quorums: Mapping[str, int], votes: Iterable[Vote]
) -> Standing:
    """For which areas `person` may decide now.

    1. Who had a hand in the proposal decides on nothing, and neither does who acts for one of them at this
       moment, whatever rights they have of their own.
    2. An area is theirs by their own right, or by that of somebody whom they act for.
    3. Where they have decided already, they don't again.
    """
    if person.id in editors or editors & set(person.acts_for):
        return Standing(own_work=True)
    decided = {vote.area for vote in votes if vote.person == person.id}
    rights: dict[str, str] = {}
    for area in sorted(set(quorums) - decided):
        if area in person.areas:
            rights[area] = person.id
        else:
            principal = next((who for who, areas in sorted(person.acts_for.items()) if area in areas), None)
            if principal is not None:
                rights[area] = principal
    return Standing(own_work=False, areas=rights)
