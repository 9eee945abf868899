"""Conditions of rules: what may be asked of which fact, and the predicate that asks it.

| fact                                     | ops                        | values            |
|------------------------------------------|----------------------------|-------------------|
| task, application, team, end_user,       | in, not_in                 | strings           |
| requested, operation                     |                            |                   |
| tag, capability, keyword                 | in, not_in, all_of         | strings           |
| prompt                                   | in, not_in                 | names, or name@1  |
| data_class                               | in, not_in, at_least,      | names of classes  |
|                                          | at_most (by rank)          |                   |
| input_tokens                             | at_least, at_most          | one integer       |

`in` holds where any of the values is there, `not_in` where none is, `all_of` where every one is.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter

from routing.core.facts import Facts
from routing.core.release import Condition, DataClass

Predicate = Callable[[Facts], bool]

MAX_CONDITIONS_PER_RULE = 20
MAX_VALUES_PER_CONDITION = 100

_ONE_ATTRIBUTE = {
    name: name for name in ("task", "application", "team", "end_user", "requested", "operation", "data_class")
}
_MANY_ATTRIBUTE = {"tag": "tags", "capability": "needs", "keyword": "keywords"}
_PROMPT = "prompt"
_MEMBERSHIP = ("in", "not_in")
_BOUNDS = ("at_least", "at_most")

OPS_BY_FACT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*_ONE_ATTRIBUTE, _PROMPT), _MEMBERSHIP),
    **dict.fromkeys(_MANY_ATTRIBUTE, (*_MEMBERSHIP, "all_of")),
    "data_class": _MEMBERSHIP + _BOUNDS,
    "input_tokens": _BOUNDS,
}


def problem_of(condition: Condition, data_classes: Mapping[str, DataClass]) -> str | None:
    """What is wrong with `condition`, in a sentence; None where nothing is."""
    ops = OPS_BY_FACT.get(condition.fact)
    if ops is None:
        return f'there is no fact "{condition.fact}"; facts are {", ".join(sorted(OPS_BY_FACT))}'
    if condition.op not in ops:
        return f'"{condition.fact}" can\'t be asked "{condition.op}"; it takes {", ".join(ops)}'
    return _problem_of_values(condition, data_classes)


def _problem_of_values(condition: Condition, data_classes: Mapping[str, DataClass]) -> str | None:
    values = condition.values
    if not 1 <= len(values) <= MAX_VALUES_PER_CONDITION:
        return f'"{condition.fact}" needs 1 to {MAX_VALUES_PER_CONDITION} values, not {len(values)}'
    if condition.op in _BOUNDS and len(values) != 1:
        return f'"{condition.fact} {condition.op}" takes one value, not {len(values)}'
    if condition.fact == "input_tokens":
        number = values[0]
        if type(number) is not int or number < 0:
            return f'"input_tokens" takes a number of tokens, not {number!r}'
        return None
    for value in values:
        if not isinstance(value, str) or not value:
            return f'"{condition.fact}" takes text, not {value!r}'
        if condition.fact == "data_class" and value not in data_classes:
            return f'there is no data class "{value}"'
    return None


def predicate_of(condition: Condition, data_classes: Mapping[str, DataClass]) -> Predicate:
    """The test that `condition` makes of facts. Raises ValueError for a condition that has a problem."""
    problem = problem_of(condition, data_classes)
    if problem:
        raise ValueError(problem)
    if condition.fact == "input_tokens":
        return _tokens_predicate(condition)
    if condition.fact == _PROMPT:
        return _prompt_predicate(condition)
    if condition.fact in _MANY_ATTRIBUTE:
        return _many_predicate(condition)
    return _one_predicate(_ONE_ATTRIBUTE[condition.fact], accepted_values(condition, data_classes), condition)


def accepted_values(condition: Condition, data_classes: Mapping[str, DataClass]) -> frozenset[str | int]:
    """The values that `in` and `not_in` compare with; bounds on a data class become the classes within."""
    if condition.op not in _BOUNDS:
        return frozenset(condition.values)
    rank = data_classes[str(condition.values[0])].rank
    if condition.op == "at_least":
        return frozenset(name for name, known in data_classes.items() if known.rank >= rank)
    return frozenset(name for name, known in data_classes.items() if known.rank <= rank)


def _one_predicate(attribute: str, accepted: frozenset[str | int], condition: Condition) -> Predicate:
    get = attrgetter(attribute)
    if condition.op == "not_in":
        return lambda facts: get(facts) not in accepted
    return lambda facts: get(facts) in accepted


def _many_predicate(condition: Condition) -> Predicate:
    get = attrgetter(_MANY_ATTRIBUTE[condition.fact])
    fold = condition.fact == "keyword"
    values = frozenset(str(value).casefold() if fold else value for value in condition.values)
    if condition.op == "in":
        return lambda facts: not values.isdisjoint(get(facts))
    if condition.op == "not_in":
        return lambda facts: values.isdisjoint(get(facts))
    return lambda facts: values.issubset(get(facts))


def _prompt_predicate(condition: Condition) -> Predicate:
    """A name is every version of it; a request that asks for no prompt is in none."""
    accepted = frozenset(condition.values)
    wanted = condition.op == "in"

    def holds(facts: Facts) -> bool:
        prompt = facts.prompt
        is_one = bool(prompt) and (prompt in accepted or prompt.partition("@")[0] in accepted)
        return is_one is wanted

    return holds


def _tokens_predicate(condition: Condition) -> Predicate:
    bound = int(condition.values[0])
    if condition.op == "at_least":
        return lambda facts: facts.input_tokens >= bound
    return lambda facts: facts.input_tokens <= bound
