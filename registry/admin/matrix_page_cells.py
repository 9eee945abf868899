"""Cells of the matrix page as HTML. Thousands of them go into one page, so that they are joined here instead
of in a template, and what several say in their details is sent once.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from urllib.parse import urlencode
from uuid import UUID

from registry.core.matrix_state import CellState
from registry.releases.clock import from_us

MAX_EVIDENCE_CHARS = 120
MAX_NOTE_CHARS = 60
CELL_PAGES = "../matrixcell/"  # as seen from the page: thousands of links, each some bytes shorter
SEPARATOR = " "  # between a deployment's name and a class's: neither has one
LABELS = {
    "approved": "Approved",
    "conditional": "Conditional",
    "denied": "Denied",
    "expired": "Expired",
    "absent": "Absent",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """The stored decision, and who took it when and why."""

    pk: UUID
    decision: str
    conditions: tuple[str, ...]
    evidence: str
    valid_from: datetime | None
    valid_to: datetime | None
    actor: str = ""
    when: datetime | None = None
    reason: str = ""


@dataclass(slots=True)
class Lines:
    """Each different line once, in the order in which they were first said."""

    known: dict[str, int] = field(default_factory=dict)

    def number_of(self, line: str) -> int:
        return self.known.setdefault(line, len(self.known))


@dataclass(slots=True)
class CellWriter:
    """`editable` gives each cell a check box and a link to its own page; `ticked` are those to be ticked."""

    editable: bool
    ticked: Collection[str]
    lines: Lines = field(default_factory=Lines)

    def write(
        self,
        place: tuple[str, UUID, str, UUID],
        decided: Decided | None,
        state: CellState,
        *,
        drafted: bool,
        soon: bool,
    ) -> str:
        """The `td` of the deployment and the class that `place` names, each with its id; names and notes are
        escaped, and the rest is ours."""
        deployment, deployment_id, data_class, class_id = place
        numbers = " ".join(
            str(self.lines.number_of(line)) for line in details_of(decided, state, drafted=drafted)
        )
        word = f"Draft: {LABELS[state.state]}" if drafted else LABELS[state.state]
        note = note_of(state, soon=soon)
        text = f"{word}<small>{escape(note)}</small>" if note else word
        css = f"sb-state sb-{state.state}" + (" sb-drafted" if drafted else "")
        if not self.editable:
            return f'<td data-n="{numbers}"><span class="{css}">{text}</span></td>'
        name = f"{deployment}{SEPARATOR}{data_class}"
        tick = " checked" if name in self.ticked else ""
        return (
            f'<td data-n="{numbers}"><input type=checkbox name=cell value="{escape(name)}"'
            f' aria-label=Select{tick}><a class="{css}"'
            f' href="{self._url(decided, deployment_id, class_id)}">{text}</a></td>'
        )

    def _url(self, decided: Decided | None, deployment_id: UUID, class_id: UUID) -> str:
        if decided is not None:
            return f"{CELL_PAGES}{decided.pk}/change/"
        query = urlencode({"deployment": deployment_id, "data_class": class_id})
        return escape(f"{CELL_PAGES}add/?{query}")


def note_of(state: CellState, *, soon: bool) -> str:
    """The second line of a cell, in a few words."""
    parts = [", ".join(state.asks)]
    if state.unmet:
        parts.append(f"{state.unmet} is not met")
    if state.ends_us is not None:
        ends = f"{from_us(state.ends_us):%Y-%m-%d}"
        parts.append(f"ends soon, {ends}" if soon else f"until {ends}")
    return _clipped("; ".join(part for part in parts if part), MAX_NOTE_CHARS)


def details_of(decided: Decided | None, state: CellState, *, drafted: bool) -> list[str]:
    """What is told on hover and focus: what it comes to and why, then who decided what, and on what."""
    lines = [f"{LABELS[state.state]}. {' '.join(state.why)}".strip()]
    if drafted:
        lines.append("So in the draft. It is not in force.")
    if decided is None:
        return lines
    on = f", if {', '.join(decided.conditions)}" if decided.conditions else ""
    lines.append(f"Decided: {decided.decision}{on}")
    if decided.when is not None and not drafted:
        reason = f": {decided.reason}" if decided.reason else ""
        lines.append(f"By {decided.actor or 'nobody known'} on {decided.when:%Y-%m-%d %H:%M} UTC{reason}")
    lines.append(f"Evidence: {_clipped(' '.join(decided.evidence.split()), MAX_EVIDENCE_CHARS)}")
    if decided.valid_from is not None:
        lines.append(f"From {decided.valid_from:%Y-%m-%d %H:%M} UTC")
    if decided.valid_to is not None:
        lines.append(f"Until {decided.valid_to:%Y-%m-%d %H:%M} UTC")
    return lines


def _clipped(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[: chars - 1]}…"
