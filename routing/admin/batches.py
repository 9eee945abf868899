"""Files and batches of the applications: how far each is, what its lines came to, and cancelling one.

What the lines say is content: it is shown in the dossier of a line's request alone, to who may read it.
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse

from audit import scopes
from audit.modeladmin import ReadOnlyAdmin, admin
from registry.admin.actor import actor_of
from routing.batches import batches, files
from routing.batches.overview import SHOWN, overview
from routing.errors import InvalidRequest
from routing.models import Batch, StoredFile
from routing.tasks import run_batch

CANCEL = "routing.cancel_batch"


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    empty_text = "Applications start batches over the API, and they are followed here."
    list_display = ("when", "team", "endpoint", "state", "progress", "until")
    list_display_links = ("when",)
    list_filter = ("state", "endpoint", "team")
    list_select_related = ("team",)
    ordering = ("-id",)

    @admin.display(description="made (UTC)", ordering="created_at")
    def when(self, row: Batch) -> str:
        return f"{row.created_at:%Y-%m-%d %H:%M}"

    @admin.display(description="lines")
    def progress(self, row: Batch) -> str:
        failed = f", {row.failed} failed" if row.failed else ""
        return f"{row.completed + row.failed} of {row.total}{failed}"

    @admin.display(description="expires (UTC)", ordering="expires_at")
    def until(self, row: Batch) -> str:
        return f"{row.expires_at:%Y-%m-%d %H:%M}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """GET: the batch and its lines. POST: cancel it."""
        row = self._row(request, object_id)
        may_cancel = request.user.has_perm(CANCEL) and scopes.may_change(request.user, row)
        if request.method == "POST":
            if not may_cancel:
                raise PermissionDenied
            _cancel(request, row)
            return HttpResponseRedirect(request.path)
        shown = request.GET.get("lines", "")
        if shown not in SHOWN:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": "Batch",
            "subtitle": str(row.pk),
            "opts": self.opts,
            "row": row,
            "view": overview(row, shown=shown, number=request.GET.get("page", "1")),
            "files": _files(row),
            "shown": shown,
            "choices": [(key, label) for key, (label, _) in SHOWN.items()],
            "may_cancel": may_cancel and row.state in batches.OPEN,
            "is_live": row.state in files.LIVE,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/routing/batch.html", context)

    def _row(self, request: HttpRequest, object_id: str) -> Batch:
        try:
            wanted = UUID(object_id)
        except ValueError as error:
            raise Http404 from error
        rows = Batch.objects.filter(pk=wanted).select_related("team", "output_file", "error_file")
        row = scopes.visible(request.user, rows).first()
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row


def _files(row: Batch) -> list[tuple[str, StoredFile]]:
    """Those that are still there."""
    asked = StoredFile.objects.filter(pk=row.input_id).first()
    named = (("Requests", asked), ("Answers", row.output_file), ("Errors", row.error_file))
    return [(name, file) for name, file in named if file is not None]


def _cancel(request: HttpRequest, row: Batch) -> None:
    try:
        with transaction.atomic():
            batches.cancel_by(actor=actor_of(request), batch=row)
            transaction.on_commit(partial(run_batch.delay, str(row.pk)), robust=True)
    except InvalidRequest as error:
        messages.error(request, str(error))
        return
    messages.success(request, "No further line begins; what runs comes to its end.")


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """What is stored, never what it says."""

    empty_text = "Applications upload the files of their batches over the API; results are kept here too."
    list_display = ("when", "team", "filename", "purpose", "lines_held", "size", "until")
    list_display_links = ("when",)
    list_filter = ("purpose", "team")
    list_select_related = ("team",)
    ordering = ("-id",)
    fields = ("id", "team", "filename", "purpose", "lines_held", "size", "created_at", "expires_at")
    readonly_fields = ("lines_held", "size")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoredFile]:
        rows: QuerySet[StoredFile] = super().get_queryset(request)
        return files.counted(rows)

    @admin.display(description="stored (UTC)", ordering="created_at")
    def when(self, row: StoredFile) -> str:
        return f"{row.created_at:%Y-%m-%d %H:%M}"

    @admin.display(description="lines")
    def lines_held(self, row: StoredFile) -> int:
        return int(getattr(row, "line_count", 0))

    @admin.display(description="size")
    def size(self, row: StoredFile) -> str:
        return filesizeformat(row.size_bytes)

    @admin.display(description="deleted (UTC)", ordering="expires_at")
    def until(self, row: StoredFile) -> str:
        return f"{row.expires_at:%Y-%m-%d %H:%M}"
