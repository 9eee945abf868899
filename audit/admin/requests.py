"""Requests and attempts: lists with filters, a dossier for each request, exports."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from audit import scopes
from audit.admin.filters import (
    ApplicationFilter,
    BoundedPaginator,
    DataClassFilter,
    DayFilter,
    OutcomeFilter,
    VersionFilter,
)
from audit.exports import FORMATS, Export
from audit.modeladmin import ReadOnlyAdmin, admin
from audit.models import Attempt, Request
from audit.panels import dossier_panels
from audit.selectors import words
from audit.selectors.dossier import commitments, dossier, sources
from audit.services import contents
from audit.services.entries import actor_of

EXPORT_PERMISSION = "audit.export_register"
CONTENT_PERMISSION = "audit.view_content"


def parsed_id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


class RegisterAdmin(ReadOnlyAdmin):
    """Lists of the register: counted up to a bound, found by a request's id."""

    paginator = BoundedPaginator
    search_help_text = "A request's id, whole"
    id_field = "request_id"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        wanted = parsed_id(search_term)
        return queryset.filter(**{self.id_field: wanted}) if wanted else queryset.none(), False


@admin.register(Request)
class RequestAdmin(RegisterAdmin):
    change_list_template = "admin/audit/change_list.html"
    list_display = ("when", "application", "asked", "served", "data_class", "ending", "cost", "took")
    list_display_links = ("when",)
    list_filter = (
        ("accepted_at", DayFilter),
        ApplicationFilter,
        VersionFilter,
        DataClassFilter,
        OutcomeFilter,
    )
    search_fields = ("id",)
    id_field = "id"
    ordering = ("-accepted_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Request]:
        requests: QuerySet[Request] = super().get_queryset(request)
        return requests.defer("decision", "facts", "content_salt")

    @admin.display(description="accepted (UTC)", ordering="accepted_at")
    def when(self, row: Request) -> str:
        return f"{row.accepted_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="requested")
    def asked(self, row: Request) -> str:
        return row.requested or "-"

    @admin.display(description="served by")
    def served(self, row: Request) -> str:
        return f"{row.model} {row.model_version}".strip() or "-"

    @admin.display(description="outcome")
    def ending(self, row: Request) -> str:
        told = row.get_outcome_display() if row.outcome else "running"
        return f"{told}: {row.error_code}" if row.error_code else str(told)

    @admin.display(description="cost")
    def cost(self, row: Request) -> str:
        return "-" if row.cost_nano is None else words.usd(row.cost_nano)

    @admin.display(description="took")
    def took(self, row: Request) -> str:
        return "-" if row.latency_ms is None else words.milliseconds(row.latency_ms)

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="audit_request_export"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_export = request.user.has_perm(EXPORT_PERMISSION)
        context = {"may_export": may_export, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The dossier. Content is shown on POST alone, since reading it is recorded."""
        wanted = parsed_id(object_id)
        row = scopes.visible(request.user, Request.objects.filter(pk=wanted)).first() if wanted else None
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        found = sources(row)
        may_read = request.user.has_perm(CONTENT_PERMISSION)
        said = None
        if request.method == "POST":
            if not may_read:
                raise PermissionDenied
            said = contents.read(request=row, user=request.user, commitments=commitments(found))
        context = {
            **self.admin_site.each_context(request),
            "title": "Dossier",
            "subtitle": str(row.pk),
            "opts": self.opts,
            "row": row,
            "steps": dossier(found),
            "panels": dossier_panels(found),
            "stored": found.contents,
            "may_read": may_read,
            "said": said,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/audit/dossier.html", context)

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the list shows under its filters, all of it, as a file."""
        if not (self.has_view_permission(request) and request.user.has_perm(EXPORT_PERMISSION)):
            raise PermissionDenied
        file_format = request.POST.get("format", "")
        if request.method != "POST" or file_format not in FORMATS:
            return HttpResponseBadRequest("Choose csv or jsonl.")
        requests = self.get_changelist_instance(request).get_queryset(request)
        filters = {name: ", ".join(values) for name, values in request.GET.lists()}
        export = Export(requests, file_format=file_format, actor=actor_of(request.user), filters=filters)
        chunks = export.stream() if isinstance(request, ASGIRequest) else export
        response = StreamingHttpResponse(chunks, content_type=FORMATS[file_format])
        name = f"requests-{timezone.now():%Y%m%d-%H%M%S}.{file_format}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


@admin.register(Attempt)
class AttemptAdmin(RegisterAdmin):
    list_display = ("dossier", "number", "deployment", "sent_model", "reported_model", "drift", "outcome")
    list_display_links = None
    search_fields = ("request_id",)
    ordering = ("-id",)

    @admin.display(description="request")
    def dossier(self, row: Attempt) -> str:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:audit_request_change", args=[row.request_id]),
            row.request_id,
        )
