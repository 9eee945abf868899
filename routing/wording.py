"""What policies and rules are called in a change set, and how a new order of rules reads."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from audit.core.canonical import digest
from registry.core.changes import ChangeSet, Record, State
from registry.wording import Names, Worded, register_summary, register_words
from routing.core.notation import render_bands
from routing.core.words import condition_in_words, route_in_words
from routing.detection.catalogue import finds_in_words
from routing.models import (
    DetectionRule,
    OutputField,
    Policy,
    PromptMessage,
    PromptTemplate,
    PromptVariable,
    Rule,
    Task,
    TrainedRouter,
)

POLICY, RULE = Policy._meta.label_lower, Rule._meta.label_lower
TASK, PROMPT = Task._meta.label_lower, PromptTemplate._meta.label_lower


def register() -> None:
    register_words(
        Rule,
        name=_rule,
        fields={"conditions": _conditions, "route": _route},
        hidden=("policy", "position"),
    )
    register_words(
        Policy, fields={"tier_bands": lambda value, _: ", ".join(render_bands(value).splitlines())}
    )
    register_words(
        DetectionRule, name=_detection_rule, fields={"finds": lambda value, _: finds_in_words(value)}
    )
    register_words(OutputField, name=_output_field, hidden=("task",))
    register_words(PromptTemplate, name=lambda record, _: f"{record.get('name')}@{record.get('version')}")
    register_words(PromptVariable, name=_variable, hidden=("template",))
    register_words(PromptMessage, name=_message, hidden=("template",))
    register_words(TrainedRouter, fields={"artifact": _artifact})
    register_summary(new_orders)


def _rule(record: Record, names: Names) -> str:
    return f"{record.get('name')} of {names.of(POLICY, record.get('policy'))}"


def _output_field(record: Record, names: Names) -> str:
    return f"{record.get('key')} of {names.of(TASK, record.get('task'))}"


def _variable(record: Record, names: Names) -> str:
    return f"{record.get('name')} of {names.of(PROMPT, record.get('template'))}"


def _message(record: Record, names: Names) -> str:
    """“message 2 of the default variant of summary@3”"""
    family = record.get("family")
    variant = f"the variant for {family}" if family else "the default variant"
    number = int(record.get("position") or 0) + 1
    return f"{number} of {variant} of {names.of(PROMPT, record.get('template'))}"


def _artifact(value: dict[str, Any] | None, names: Names) -> str:
    """“trained on 1500 labels of questions (3f2a…), digest 9c1e…”"""
    if not value:
        return "none"
    data = value.get("data", {})
    return (
        f"trained on {data.get('labels', '?')} labels of {data.get('set', '?')} "
        f"({str(data.get('sha256', ''))[:12]}), digest {digest(value)[:12]}"
    )


def _detection_rule(record: Record, names: Names) -> str:
    return finds_in_words(str(record.get("finds")))


def _conditions(value: list[dict[str, Any]] | None, names: Names) -> str:
    return " and ".join(condition_in_words(condition) for condition in value or ()) or "always"


def _route(value: dict[str, Any] | None, names: Names) -> str:
    return "refuse" if value is None else route_in_words(value)


def new_orders(changes: ChangeSet, before: State, after: State, names: Names) -> Iterator[Worded]:
    """“rule 3 EU customers now comes before rule 2 the rest”, for each rule that moved."""
    moved = {change.id for change in changes if change.kind == RULE and "position" in change.fields}
    policies = {names.record(RULE, row_id).get("policy") for row_id in moved}
    for policy in sorted(str(policy) for policy in policies if policy):
        old, new = _order(before, policy), _order(after, policy)
        staying = [row_id for row_id in new if row_id in set(old)]
        lines = tuple(_moves(old, staying, after))
        if lines:
            yield Worded("changed", "policy", names.of(POLICY, policy), lines, POLICY, policy)


def _order(state: State, policy: str) -> list[str]:
    rules = {
        row_id: record for row_id, record in state.get(RULE, {}).items() if record.get("policy") == policy
    }
    return sorted(rules, key=lambda row_id: (rules[row_id]["position"], row_id))


def _moves(old: list[str], new: list[str], after: State) -> Iterator[str]:
    """The fewest rules that have to move to make the old order the new one."""
    place = {row_id: number for number, row_id in enumerate(old, start=1)}
    kept = _longest_rising([place[row_id] for row_id in new])
    for index, row_id in enumerate(new):
        if place[row_id] in kept:
            continue
        text = f"rule {place[row_id]} “{_name(after, row_id)}”"
        following = new[index + 1] if index + 1 < len(new) else None
        if following is None:
            yield f"{text} now comes last"
        else:
            yield f"{text} now comes before rule {place[following]} “{_name(after, following)}”"


def _name(state: State, row_id: str) -> str:
    return str(state[RULE][row_id]["name"])


def _longest_rising(numbers: list[int]) -> set[int]:
    """The members of a longest rising subsequence: what need not move."""
    ends: list[int] = []
    chains: list[list[int]] = []
    for number in numbers:
        at = bisect_left(ends, number)
        chain = [*(chains[at - 1] if at else []), number]
        if at == len(ends):
            ends.append(number)
            chains.append(chain)
        else:
            ends[at], chains[at] = number, chain
    return set(chains[-1]) if chains else set()
