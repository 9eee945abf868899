"""Graded outcomes: what models answered to the items of a set, how good that was and what it cost. Pure.

A file has a line for each answer, in JSON Lines or CSV: `item` (its key in the set), `model`, and either
`score` (0 to 1) or `answer`, which the item's grader then scores. `cost_usd` is what the answer cost;
`answer_key` what two answers are compared by, where `answer` is not given.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from evaluation.core.graders import answer_key, comparable, grade
from evaluation.core.items import Item
from routing.core.scoring import conversation_text

MAX_OUTCOMES = 1_000_000
MAX_COST_USD = 1_000
NANO_PER_USD = 1_000_000_000
FIELDS = frozenset({"item", "model", "score", "answer", "answer_key", "cost_usd"})


class LinesUnreadable(ValueError):
    """A line of the file is not an outcome; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One model's answer to one item. `answer_key` is "" where it is not known: it then agrees with none."""

    item: str
    model: str
    quality: float
    cost_nano: int
    answer_key: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One item with what a weak and a strong model made of it."""

    key: str
    text: str
    task: str
    weak: float
    strong: float
    weak_cost_nano: int
    strong_cost_nano: int

    @property
    def gap(self) -> float:
        return self.strong - self.weak


def read_outcomes(lines: Iterable[str], items: Mapping[str, Item], *, is_csv: bool) -> list[Outcome]:
    """Every outcome of a file that is about one of `items`. Raises LinesUnreadable."""
    rows = csv.DictReader(lines) if is_csv else _objects(lines)
    outcomes: dict[tuple[str, str], Outcome] = {}
    for number, row in enumerate(rows, start=1):
        if number > MAX_OUTCOMES:
            raise LinesUnreadable(f"A file has at most {MAX_OUTCOMES:,} outcomes.")
        try:
            outcome = _outcome({name: part for name, part in row.items() if part not in (None, "")}, items)
        except LinesUnreadable as error:
            raise LinesUnreadable(f"Outcome {number}: {error}") from error
        if (outcome.item, outcome.model) in outcomes:
            raise LinesUnreadable(f"Outcome {number}: {outcome.model} answered {outcome.item} before.")
        outcomes[outcome.item, outcome.model] = outcome
    return list(outcomes.values())


def pairs_of(outcomes: Sequence[Outcome], items: Mapping[str, Item], *, weak: str, strong: str) -> list[Pair]:
    """Each item that both models answered, in the order of the set."""
    cheap = {each.item: each for each in outcomes if each.model == weak}
    dear = {each.item: each for each in outcomes if each.model == strong}
    return [
        Pair(
            key=key,
            text=conversation_text({"messages": item.messages}),
            task=item.task,
            weak=cheap[key].quality,
            strong=dear[key].quality,
            weak_cost_nano=cheap[key].cost_nano,
            strong_cost_nano=dear[key].cost_nano,
        )
        for key, item in items.items()
        if key in cheap and key in dear
    ]


def _objects(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LinesUnreadable(f"Line {number}: it is not JSON: {error}.") from error
        if not isinstance(value, dict):
            raise LinesUnreadable(f"Line {number}: it is not an object.")
        yield value


def _outcome(row: Mapping[Any, Any], items: Mapping[str, Item]) -> Outcome:
    unknown = sorted(str(name) for name in set(row) - FIELDS)
    if unknown:
        raise LinesUnreadable(f"no such field: {', '.join(unknown)}.")
    item = items.get(str(row.get("item", "")))
    model = row.get("model")
    if item is None:
        raise LinesUnreadable(f"the set has no item “{row.get('item', '')}”.")
    if not isinstance(model, str):
        raise LinesUnreadable("it names no model.")
    answer = row.get("answer")
    key = answer_key(item.grader, str(answer)) if answer else ""
    return Outcome(
        item=item.key,
        model=model,
        quality=_quality(row, item),
        cost_nano=_cost_nano(row.get("cost_usd", 0)),
        answer_key=comparable(str(row["answer_key"])) if "answer_key" in row else key,
    )


def _quality(row: Mapping[Any, Any], item: Item) -> float:
    if "score" not in row:
        if not item.grader:
            raise LinesUnreadable("it has no score, and its item no grader.")
        return float(grade(item.grader, item.expected, str(row.get("answer", ""))))
    try:
        score = float(row["score"])
    except (TypeError, ValueError) as error:
        raise LinesUnreadable("the score is no number.") from error
    if not 0 <= score <= 1:
        raise LinesUnreadable("a score is between 0 and 1.")
    return score


def _cost_nano(value: Any) -> int:
    try:
        cost = Decimal(str(value))
    except InvalidOperation as error:
        raise LinesUnreadable("the cost is no number.") from error
    if not cost.is_finite():
        raise LinesUnreadable("the cost is no number.")
    if not 0 <= cost <= MAX_COST_USD:
        raise LinesUnreadable("a cost is not negative, and within reason.")
    return int((cost * NANO_PER_USD).to_integral_value())
