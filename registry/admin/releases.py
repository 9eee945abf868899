from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ReadOnlyAdmin
from registry.models import Release
from registry.releases.compare import compare
from registry.selectors import load_release, read_pointer

MAX_CHOICES = 200


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ("number", "is_live", "reason", "published_by_name", "published_at", "short_digest")
    list_filter = ("published_at", "self_published")
    search_fields = ("=number", "digest", "reason", "published_by_name")
    fields = (
        "number",
        "is_live",
        "digest",
        "published_at",
        "published_by_name",
        "approved_by_name",
        "self_published",
        "reason",
        "differences",
        "source",
    )
    readonly_fields = ("is_live", "differences", "source")

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_urls(self) -> list[URLPattern]:
        compare_page = self.admin_site.admin_view(self.compare_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("compare/", compare_page, name="registry_release_compare"), *urls]

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """What the release `to` does that `from` did not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = {row.number: row for row in Release.objects.defer("document")[:MAX_CHOICES]}
        before = chosen.get(_number(request.GET.get("from")))
        after = chosen.get(_number(request.GET.get("to")))
        changes = (
            compare(load_release(before.pk).document, load_release(after.pk).document)
            if before and after
            else ()
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Compare releases",
            "opts": self.opts,
            "releases": list(chosen.values()),
            "before": before,
            "after": after,
            "changes": changes,
        }
        return TemplateResponse(request, "admin/registry/release/compare.html", context)

    @admin.display(description="live", boolean=True)
    def is_live(self, release: Release) -> bool:
        return release.pk == read_pointer().release_id

    @admin.display(description="digest")
    def short_digest(self, release: Release) -> str:
        return release.digest[:12]

    @admin.display(description="changes")
    def differences(self, release: Release) -> SafeString:
        """Against the release before it."""
        before = Release.objects.filter(number__lt=release.number).order_by("-number").first()
        old: dict[str, Any] = load_release(before.pk).document if before else {}
        changes = compare(old, load_release(release.pk).document)
        context = {"changes": changes, "release": release, "before": before}
        return render_to_string("admin/registry/release/differences.html", context)

    @admin.display(description="document")
    def source(self, release: Release) -> SafeString:
        return format_html(
            '<details class="sb-source"><summary>Canonical, {} bytes</summary><pre>{}</pre></details>',
            len(release.document.encode()),
            release.document,
        )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
