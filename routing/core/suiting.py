"""Which nodes hold for what is not chat. Pure.

A node that reads an answer as text, or shows one model what another wrote, has no meaning for a list of
vectors or a picture. What is left are nodes that choose whom to call, or call two of them:

    fallback, balance, experiment, hedge    every operation
    a model, in one place or several        every operation
    tiers, without gates and a judge        every operation
    classify by rules                       every operation
    ensemble by any                         moderations, and nothing else
    all the others                          chat
"""

from collections.abc import Iterable

from routing.core.operations import CHAT, MODERATIONS, OTHERS
from routing.core.parts import ROOT, every_part
from routing.core.routes import (
    Balance,
    Classify,
    Condition,
    Ensemble,
    Experiment,
    Fallback,
    Hedge,
    Model,
    Places,
    Route,
    Tiered,
)

_FOR_ALL = (Model, Places, Fallback, Balance, Experiment, Hedge)


def suits(route: Route, operation: str) -> bool:
    """Whether this node, its parts aside, has a meaning for `operation`."""
    if isinstance(route, _FOR_ALL):
        return True
    if isinstance(route, Ensemble) and route.by == "any":
        return operation == MODERATIONS
    if operation == CHAT:
        return True
    if isinstance(route, Tiered):
        return not route.gates and route.judge is None
    return isinstance(route, Classify) and route.by == "rules"


def unsuited(route: Route, conditions: Iterable[Condition]) -> list[tuple[str, str]]:
    """(the node's kind, the operation) of each node that has no meaning for what its rule is for."""
    operations = operations_of(conditions)
    kinds = [part.route for part in every_part(route, ROOT)]
    found = [
        (_kind(node), operation) for operation in operations for node in kinds if not suits(node, operation)
    ]
    return list(dict.fromkeys(found))


def operations_of(conditions: Iterable[Condition]) -> list[str]:
    """What a rule with `conditions` is for: the operations that it names; chat where it names none."""
    named = [
        set(map(str, each.values)) for each in conditions if each.fact == "operation" and each.op == "in"
    ]
    barred = {
        str(value)
        for each in conditions
        if each.fact == "operation" and each.op == "not_in"
        for value in each.values
    }
    wanted = set.intersection(*named) if named else {CHAT}
    return sorted(wanted.intersection(OTHERS | {CHAT}) - barred)


def _kind(route: Route) -> str:
    if isinstance(route, Ensemble | Classify):
        return f"{type(route).__name__.lower()} by {route.by}"
    return "tiers with checks" if isinstance(route, Tiered) else type(route).__name__.lower()
