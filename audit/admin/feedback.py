"""What applications said of answers: a list that leads to dossiers."""

from django.urls import reverse
from django.utils.html import format_html

from audit.admin.filters import DayFilter
from audit.admin.requests import RegisterAdmin
from audit.modeladmin import admin
from audit.models import Feedback


@admin.register(Feedback)
class FeedbackAdmin(RegisterAdmin):
    empty_text = "Applications send feedback on answers over the API, by the id of the request."
    list_display = ("when", "dossier", "score_of_one", "label", "served", "application", "end_user")
    list_display_links = None
    list_filter = (("given_at", DayFilter),)
    list_select_related = ("request",)
    search_fields = ("request_id",)
    ordering = ("-given_at", "-id")

    @admin.display(description="given (UTC)", ordering="given_at")
    def when(self, row: Feedback) -> str:
        return f"{row.given_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="request")
    def dossier(self, row: Feedback) -> str:
        page = reverse("admin:audit_request_change", args=[row.request_id])
        return format_html('<a class="sb-link" href="{}">{}</a>', page, row.request_id)

    @admin.display(description="score", ordering="score")
    def score_of_one(self, row: Feedback) -> str:
        return f"{row.score / 1000:.3f}"

    @admin.display(description="served by")
    def served(self, row: Feedback) -> str:
        return f"{row.request.model} {row.request.model_version}".strip() or "-"

    @admin.display(description="application")
    def application(self, row: Feedback) -> str:
        return row.request.application
