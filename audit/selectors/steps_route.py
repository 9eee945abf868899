"""What the route made of its calls: what each was for, what the gates said of it, and why it moved on."""

from collections.abc import Iterator
from typing import Any

from audit.selectors.sources import Sources
from audit.selectors.story import Cell, Step, Table

HEADERS = ("#", "Place in the route", "For", "Gate", "Said", "Score", "Why")


def gates(found: Sources) -> Step:
    """Every gate that was asked, and each call that was not to answer; then what the nodes came to."""
    rows = tuple(_rows(found))
    told = found.told("request.finished").get("route", {})
    notes = tuple((f"{note['path']}: {note['what']}", note["detail"]) for note in told.get("notes", []))
    if not rows and not notes:
        return Step("gates", "What the gates said", "No quality gate was asked.")
    table = Table("Gates, and calls that were not to answer", HEADERS, rows) if rows else None
    return Step("gates", "What the gates said", _says(told.get("answer", {})), notes, table)


def _says(answer: dict[str, Any]) -> str:
    if not answer:
        return "The route came to no answer."
    whose = f"call {answer['attempt']}, at {answer['path']} of the route"
    if answer.get("kind"):
        return f"The route ended with {whose}: {answer['kind'].replace('_', ' ')}."
    if answer.get("made"):
        return "The answer was made of several."
    return f"The answer is that of {whose}."


def _rows(found: Sources) -> Iterator[tuple[Cell, ...]]:
    for entry in found.entries:
        if entry.event_type == "attempt.finished":
            attempt: dict[str, Any] = entry.data.get("attempt", {})
            for gate in attempt.get("gates") or ([{}] if "role" in attempt else []):
                yield _row(attempt, gate)


def _row(attempt: dict[str, Any], gate: dict[str, Any]) -> tuple[Cell, ...]:
    passed = gate.get("passed")
    verdict, tone = ("", "") if passed is None else ("passed", "good") if passed else ("failed", "bad")
    return (
        Cell(str(attempt["number"])),
        Cell(str(attempt["path"]), code=True),
        Cell(str(attempt.get("role", "answer"))),
        Cell(str(gate.get("gate", "none"))),
        Cell(verdict, tone),
        Cell(str(gate.get("score", ""))),
        Cell(str(gate.get("reason", ""))),
    )
