"""Conditions as text, one a line: `task in extract, classify` · `data_class at_most internal`.

A value that holds a comma or a quote is put in double quotes. Empty lines and lines after `#` don't count.
"""

import csv
from collections.abc import Sequence
from typing import Any

from routing.core.conditions import MAX_CONDITIONS_PER_RULE, OPS_BY_FACT
from routing.core.notation.problem import NotationProblem

MAX_TEXT_CHARS = 20_000

ConditionValue = dict[str, Any]  # {"fact", "op", "values"}: as a release document holds it


def parse_conditions(text: str) -> list[ConditionValue]:
    """Raises NotationProblem for the first line that can't be read."""
    if len(text) > MAX_TEXT_CHARS:
        raise NotationProblem(1, f"the conditions are longer than {MAX_TEXT_CHARS} characters.")
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    found = [_condition(number, line) for number, line in lines if line and not line.startswith("#")]
    if len(found) > MAX_CONDITIONS_PER_RULE:
        raise NotationProblem(len(lines), f"a rule has at most {MAX_CONDITIONS_PER_RULE} conditions.")
    return found


def render_conditions(conditions: Sequence[ConditionValue]) -> str:
    return "\n".join(
        f"{condition['fact']} {condition['op']} {', '.join(map(_quoted, condition['values']))}"
        for condition in conditions
    )


def _condition(number: int, line: str) -> ConditionValue:
    fact, _, rest = line.partition(" ")
    op, _, written = rest.strip().partition(" ")
    ops = OPS_BY_FACT.get(fact)
    if ops is None:
        raise NotationProblem(number, f"“{fact}” is no fact. Facts: {', '.join(sorted(OPS_BY_FACT))}.")
    if op not in ops:
        raise NotationProblem(number, f"after “{fact}” comes one of: {', '.join(ops)}.")
    values = _values(number, written.strip())
    if fact != "input_tokens":
        return {"fact": fact, "op": op, "values": values}
    if len(values) != 1 or not (values[0].isascii() and values[0].isdigit() and len(values[0]) <= 12):
        raise NotationProblem(number, "“input_tokens” takes one whole number, such as 8000.")
    return {"fact": fact, "op": op, "values": [int(values[0])]}


def _values(number: int, written: str) -> list[str]:
    try:
        row = next(csv.reader([written], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise NotationProblem(number, "a quote is not closed.") from error
    values = [value.strip() for value in row]
    if not values or not all(values):
        raise NotationProblem(number, "values are missing; separate them by commas.")
    return values


def _quoted(value: str | int) -> str:
    text = str(value)
    if "," in text or '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return text
