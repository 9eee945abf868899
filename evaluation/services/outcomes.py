"""Graded outcomes of an evaluation set, read from a file."""

from pathlib import Path

from evaluation.core.items import Item
from evaluation.core.outcomes import LinesUnreadable, Outcome, read_outcomes
from evaluation.errors import OutcomesUnreadable
from evaluation.models import EvaluationSet


def items_of(evaluation_set: EvaluationSet) -> dict[str, Item]:
    """By key, in the order of the set."""
    return {row.key: row.item for row in evaluation_set.items.order_by("position")}


def read(path: Path, items: dict[str, Item]) -> list[Outcome]:
    """Of a file in CSV where its name says so, in JSON Lines otherwise. Raises OutcomesUnreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read_outcomes(file, items, is_csv=path.suffix.lower() == ".csv")
    except (OSError, UnicodeDecodeError, LinesUnreadable) as error:
        raise OutcomesUnreadable(f"{path}: {error}") from error
