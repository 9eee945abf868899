"""The page of the compliance matrix: what it shows, and what is decided on it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone

from registry.admin import drafting
from registry.admin.actor import actor_of
from registry.admin.matrix_form import CellForm, CopyForm
from registry.admin.matrix_page_filters import SOON_DAYS, choices_of, read_filters
from registry.admin.matrix_table import build_table
from registry.core.changes import ChangeSet
from registry.services import matrix

COPY = "copy"


def answer(request: HttpRequest) -> HttpResponseRedirect | dict[str, Any]:
    """Where the browser goes next, or what the template shows."""
    editable = request.user.has_perms(["registry.add_matrixcell", "registry.change_matrixcell"])
    form, copying = CellForm(), CopyForm()
    if request.method == "POST":
        if not editable:
            raise PermissionDenied
        if request.POST.get("do") == COPY:
            copying = CopyForm(request.POST)
            done = copying.is_valid() and _copy(request, copying)
        else:
            form = CellForm(request.POST)
            done = form.is_valid() and _decide(request, form)
        if done:
            return HttpResponseRedirect(request.get_full_path())
    return {"form": form, "copying": copying, "editable": editable, **_shown(request, editable)}


def _shown(request: HttpRequest, editable: bool) -> dict[str, Any]:
    filters, draft = read_filters(request.GET), drafting.draft_of(request)
    table = build_table(
        filters,
        now=timezone.now(),
        draft=draft.change_set if draft else ChangeSet(),
        editable=editable,
        ticked={*request.POST.getlist("cell"), *request.POST.getlist("row")},
    )
    return {"table": table, "filters": filters, "choices": choices_of(filters), "soon_days": SOON_DAYS}


def _decide(request: HttpRequest, form: CellForm) -> bool:
    given = dict(form.cleaned_data)
    try:
        matrix.decide_many(actor=actor_of(request), pairs=given.pop("cell"), **given)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def _copy(request: HttpRequest, form: CopyForm) -> bool:
    given = form.cleaned_data
    try:
        copied = matrix.copy_row(
            actor=actor_of(request), source=given["source"], targets=given["row"], replace=given["replace"]
        )
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    if not copied:
        messages.info(request, "Nothing was copied: there was no gap to fill.")
    return True
