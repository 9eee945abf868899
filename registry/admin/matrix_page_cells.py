"""Cells of the matrix page as HTML. Thousands of them go into one page, so that they are joined here instead
of in a template, and say no more than what is seen; what stands behind them is asked for by the row
(registry.admin.matrix_details).
"""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape

from registry.core.matrix_state import CellState
from registry.models import Deployment
from registry.releases.clock import from_us

MAX_NOTE_CHARS = 60
SEPARATOR = " "  # between a deployment's name and a class's: neither has one
LABELS = {
    "approved": "Approved",
    "conditional": "Conditional",
    "denied": "Denied",
    "expired": "Expired",
    "absent": "Absent",
}


@dataclass(frozen=True, slots=True)
class CellWriter:
    """`editable` gives each cell a check box, which its text labels; `ticked` are those to be ticked."""

    editable: bool
    ticked: Collection[str]

    def write(self, deployment: str, data_class: str, state: CellState, *, drafted: bool, soon: bool) -> str:
        """The `td` of the deployment and the class, which needs no end tag; names and notes are escaped, and
        the rest is ours."""
        word = f"Draft: {LABELS[state.state]}" if drafted else LABELS[state.state]
        note = note_of(state, soon=soon)
        text = f"{word}<small>{escape(note)}</small>" if note else word
        css = f'"sb-{state.state} sb-drafted"' if drafted else f"sb-{state.state}"
        if not self.editable:
            return f"<td><span class={css}>{text}</span>"
        name = f"{deployment}{SEPARATOR}{data_class}"
        tick = " checked" if name in self.ticked else ""
        box = f'<input type=checkbox name=cell value="{escape(name)}"{tick}>'
        return f"<td><label class={css}>{box}{text}</label>"

    def head(self, deployment: Deployment, *, ticked: bool) -> str:
        """The row's `th`, which leads to the deployment's page, and with it to each of its cells."""
        name, version = escape(deployment.name), deployment.version
        tick = " checked" if ticked else ""
        box = f'<input type=checkbox name=row value="{name}" aria-label="Copy to it"{tick}>'
        state = deployment.effective_lifecycle.label.lower()
        note = escape(f"{version.name}, {state} · {deployment.region}")
        off = "" if deployment.enabled else " · disabled"
        return (
            f"<th scope=row>{box if self.editable else ''}"
            f'<a href="../deployment/{deployment.pk}/change/">{name}</a><small>{note}{off}</small></th>'
        )


def note_of(state: CellState, *, soon: bool) -> str:
    """The second line of a cell, in a few words."""
    parts = [", ".join(state.asks)]
    if state.unmet:
        parts.append(f"{state.unmet} is not met")
    if state.ends_us is not None:
        ends = f"{from_us(state.ends_us):%Y-%m-%d}"
        parts.append(f"ends soon, {ends}" if soon else f"until {ends}")
    return clipped("; ".join(part for part in parts if part), MAX_NOTE_CHARS)


def clipped(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[: chars - 1]}…"
