"""Measured qualities in the admin: proposed by runs of models, and to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from registry.admin.bases import GovernedAdmin
from routing.models import MeasuredQuality

MILLI = 1000


@admin.register(MeasuredQuality)
class MeasuredQualityAdmin(GovernedAdmin):
    empty_text = (
        "Run models over an evaluation set, and propose to rely on the result: it is then listed here."
    )
    list_display = ("name", "enabled", "versions", "measured_on", "short_digest")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fields = ("name", "enabled", "by_version", "measured_on", "set_sha256", "outcomes_sha256")
    readonly_fields = ("name", "by_version", "measured_on", "set_sha256", "outcomes_sha256")

    class Media:
        css = {"all": ["registry/console.css"]}

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    @admin.display(description="versions")
    def versions(self, row: MeasuredQuality) -> int:
        return len(row.qualities)

    @admin.display(description="digest")
    def short_digest(self, row: MeasuredQuality) -> str:
        return row.outcomes_sha256[:12]

    @admin.display(description="quality (95 % interval)")
    def by_version(self, row: MeasuredQuality) -> SafeString:
        ordered = sorted(row.qualities.items(), key=lambda each: -each[1][0])
        return format_html_join(
            "",
            "<div>{}: {} ({} to {}) over {} answers</div>",
            (
                (version, *(f"{part / MILLI:.3f}" for part in one[:3]), f"{one[3]:,}")
                for version, one in ordered
            ),
        )
