"""Which rules can't be reached. Sound, not complete: what is reported can never match, but not all of that
is reported.
"""

from collections.abc import Iterator, Mapping

from routing.core.conditions import accepted_values
from routing.core.lint.problem import Problem
from routing.core.release import Condition, DataClass, Policy, Rule

_MANY = frozenset({"tag", "capability", "keyword"})

Classes = Mapping[str, DataClass]


def reach_problems(policy: Policy, classes: Classes) -> Iterator[Problem]:
    for at, rule in enumerate(policy.rules):
        subject = f"policy {policy.name}, rule {rule.name}"
        if _contradicts_itself(rule, classes):
            yield Problem("rule_never_matches", subject, "Its conditions exclude each other.", fatal=False)
            continue
        shadow = next((earlier for earlier in policy.rules[:at] if covers(earlier, rule, classes)), None)
        if shadow is not None:
            message = f"It is never reached: “{shadow.name}” above it matches all that it would."
            yield Problem("rule_unreachable", subject, message, fatal=False)


def covers(earlier: Rule, later: Rule, classes: Classes) -> bool:
    """Whether every request that `later` matches is matched by `earlier`."""
    return all(
        any(implies(mine, theirs, classes) for mine in later.conditions) for theirs in earlier.conditions
    )


def implies(first: Condition, second: Condition, classes: Classes) -> bool:
    """Whether `second` holds wherever `first` does."""
    if first.fact != second.fact:
        return False
    if first.fact == "input_tokens":
        return _tokens_imply(first, second)
    if first.fact in _MANY:
        return _many_imply(first, second)
    mine, theirs = accepted_values(first, classes), accepted_values(second, classes)
    if first.op == "not_in":
        return second.op == "not_in" and theirs <= mine
    return mine.isdisjoint(theirs) if second.op == "not_in" else mine <= theirs


def _tokens_imply(first: Condition, second: Condition) -> bool:
    mine, theirs = int(first.values[0]), int(second.values[0])
    if first.op != second.op:
        return False
    return mine >= theirs if first.op == "at_least" else mine <= theirs


def _many_imply(first: Condition, second: Condition) -> bool:
    mine, theirs = _folded(first), _folded(second)
    if first.op == "not_in":
        return second.op == "not_in" and theirs <= mine
    if second.op == "in":
        return bool(mine & theirs) if first.op == "all_of" else mine <= theirs
    if second.op == "all_of":
        return theirs <= mine if first.op == "all_of" else theirs == mine and len(mine) == 1
    return False


def _folded(condition: Condition) -> frozenset[str]:
    """Values as they are compared: keywords whatever their case."""
    texts = (str(value) for value in condition.values)
    return frozenset(text.casefold() for text in texts) if condition.fact == "keyword" else frozenset(texts)


def _contradicts_itself(rule: Rule, classes: Classes) -> bool:
    allowed: dict[str, frozenset[str | int]] = {}
    bounds = {"at_least": 0, "at_most": 2**63}
    for condition in rule.conditions:
        if condition.fact == "input_tokens":
            pick = max if condition.op == "at_least" else min
            bounds[condition.op] = pick(bounds[condition.op], int(condition.values[0]))
        elif condition.fact not in _MANY and condition.op != "not_in":
            values = accepted_values(condition, classes)
            allowed[condition.fact] = allowed.get(condition.fact, values) & values
    return bounds["at_least"] > bounds["at_most"] or not all(allowed.values())
