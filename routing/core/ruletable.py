"""The rules of a policy, laid out so that a request asks few of them.

Most rules begin by asking one fact for one of a few values ("task in extract"). The fact that most rules ask
like that splits the table: a request is compared with the rules that name its value and with those that don't
ask that fact, in their order. The answer is the same as asking every rule from the top.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from routing.core.conditions import Predicate, accepted_values
from routing.core.facts import Facts
from routing.core.release import DataClass, Rule

SPLITTING_FACTS = ("task", "application", "team", "requested", "data_class")
MIN_RULES_TO_SPLIT = 8


class _Asked(Protocol):
    @property
    def predicates(self) -> tuple[Predicate, ...]: ...


R = TypeVar("R", bound=_Asked)


@dataclass(frozen=True, slots=True)
class RuleTable(Generic[R]):
    """`by_value` holds the rules that a value of `fact` can match; `otherwise` those for any other value."""

    fact: str
    by_value: dict[str | int, tuple[R, ...]]
    otherwise: tuple[R, ...]

    def first_match(self, facts: Facts) -> R | None:
        rules = self.otherwise
        if self.by_value:
            rules = self.by_value.get(attrgetter(self.fact)(facts), rules)
        for rule in rules:
            for holds in rule.predicates:
                if not holds(facts):
                    break
            else:
                return rule
        return None


def rule_table(
    rules: Sequence[Rule], indexed: Sequence[R], data_classes: Mapping[str, DataClass]
) -> RuleTable[R]:
    """`indexed` are the prepared forms of `rules`, one for one."""
    fact = _splitting_fact(rules)
    if fact is None:
        return RuleTable("", {}, tuple(indexed))
    accepted = [_accepted(rule, fact, data_classes) for rule in rules]
    values = {value for named in accepted if named is not None for value in named}
    return RuleTable(
        fact,
        {
            value: tuple(
                rule for rule, named in zip(indexed, accepted, strict=True) if named is None or value in named
            )
            for value in values
        },
        tuple(rule for rule, named in zip(indexed, accepted, strict=True) if named is None),
    )


def _splitting_fact(rules: Sequence[Rule]) -> str | None:
    if len(rules) < MIN_RULES_TO_SPLIT:
        return None
    asked = Counter(fact for rule in rules for fact in {c.fact for c in rule.conditions if c.op != "not_in"})
    best = max(SPLITTING_FACTS, key=lambda fact: asked[fact])
    return best if asked[best] else None


def _accepted(rule: Rule, fact: str, data_classes: Mapping[str, DataClass]) -> frozenset[str | int] | None:
    """The values of `fact` that the rule can match; None where it does not narrow them."""
    named: frozenset[str | int] | None = None
    for condition in rule.conditions:
        if condition.fact == fact and condition.op != "not_in":
            values = accepted_values(condition, data_classes)
            named = values if named is None else named & values
    return named
