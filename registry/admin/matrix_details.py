"""What stands behind the cells of one row of the matrix: what each comes to and why, who decided it when, on
what evidence, and until when. The page asks for it when a row is first looked at.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from registry.admin import drafting
from registry.admin.matrix_page_cells import LABELS, clipped
from registry.admin.matrix_table import drafted_pairs
from registry.core.changes import ChangeSet
from registry.core.matrix_state import CellState
from registry.matrix_state import states_of_tables
from registry.models import DataClass, Deployment, MatrixCell

MAX_EVIDENCE_CHARS = 120
Said = tuple[str, datetime, str]  # who, when, why


def details(request: HttpRequest) -> JsonResponse:
    """Class of data → lines, of the deployment that is named."""
    if not request.user.has_perm("registry.view_matrixcell"):
        raise PermissionDenied
    deployment = get_object_or_404(Deployment, name=request.GET.get("deployment", "")[:200])
    draft = drafting.draft_of(request)
    return JsonResponse(lines_of(deployment, draft.change_set if draft else ChangeSet(), timezone.now()))


def lines_of(deployment: Deployment, draft: ChangeSet, now: datetime) -> dict[str, list[str]]:
    states = states_of_tables(now, only=deployment)[deployment.name]
    cells = {cell.data_class_id: cell for cell in deployment.cells.all()}
    who, drafted = _said_of(list(cells.values())), drafted_pairs(draft)
    return {
        data_class.name: list(
            _lines(
                cells.get(data_class.pk),
                states[data_class.name],
                who,
                drafted=(deployment.pk, data_class.pk) in drafted,
            )
        )
        for data_class in DataClass.objects.order_by("rank")
    }


def _lines(
    cell: MatrixCell | None, state: CellState, who: dict[Any, Said], *, drafted: bool
) -> Iterator[str]:
    yield f"{LABELS[state.state]}. {' '.join(state.why)}".strip()
    if drafted:
        yield "So in the draft. It is not in force."
    if cell is None:
        return
    on = f", if {', '.join(cell.conditions)}" if cell.conditions else ""
    yield f"Decided: {cell.decision}{on}"
    if cell.pk in who and not drafted:
        actor, when, reason = who[cell.pk]
        why = f": {reason}" if reason else ""
        yield f"By {actor or 'nobody known'} on {when:%Y-%m-%d %H:%M} UTC{why}"
    yield f"Evidence: {clipped(' '.join(cell.evidence.split()), MAX_EVIDENCE_CHARS)}"
    if cell.valid_from is not None:
        yield f"From {cell.valid_from:%Y-%m-%d %H:%M} UTC"
    if cell.valid_to is not None:
        yield f"Until {cell.valid_to:%Y-%m-%d %H:%M} UTC"


def _said_of(cells: list[MatrixCell]) -> dict[Any, Said]:
    """By the cell, what its last row of history says."""
    history = MatrixCell.history.filter(id__in=[cell.pk for cell in cells]).order_by()  # type: ignore[attr-defined]
    last = history.values("id").annotate(last=Max("history_id")).values("last")
    rows = history.filter(history_id__in=last)
    found = rows.values_list("id", "history_actor", "history_date", "history_change_reason")
    return {key: (actor, when, reason or "") for key, actor, when, reason in found}
