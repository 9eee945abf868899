"""The gates that there are, and asking them: those of the core, and those that need a library."""

from collections.abc import Iterable
from dataclasses import dataclass

from routing.core.gates import PURE, Answer, GateFunction, Said
from routing.core.gates.contract import failed
from routing.core.routes import Gate
from routing.gates.code import javascript, missing, sql
from routing.gates.schema import json_schema, regex

MAX_ANSWER_CHARS = 400_000

GATES: dict[str, GateFunction] = {
    **PURE,
    "json": json_schema,
    "regex": regex,
    "sql": sql,
    "javascript": javascript,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One gate of an answer, and what it said."""

    gate: str
    said: Said


def ask(gates: Iterable[Gate], answer: Answer) -> tuple[Asked, ...]:
    """What each gate says, up to the first that fails. An answer that is too long to look at fails."""
    told: list[Asked] = []
    for gate in gates:
        said = _said(gate, answer)
        told.append(Asked(gate.kind, said))
        if not said.passed:
            break
    return tuple(told)


def _said(gate: Gate, answer: Answer) -> Said:
    """A gate that this installation can't ask passes nothing."""
    if len(answer.text) > MAX_ANSWER_CHARS:
        return failed(f"more than {MAX_ANSWER_CHARS} characters are not looked at")
    lacking = missing(gate.kind)
    return failed(lacking) if lacking else GATES[gate.kind](answer, dict(gate.settings))
