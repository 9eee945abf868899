from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ReadOnlyAdmin
from registry.admin import in_force
from registry.admin.actor import actor_of
from registry.errors import RegistryError
from registry.models import Proposal, Release
from registry.releases.compare import compare
from registry.selectors import load_release, read_pointer
from registry.services import proposals, rollbacks
from registry.wording import in_words

MAX_CHOICES = 200
SELF_PUBLISHED = SafeString('<span class="sb-state sb-warning">self-published</span>')
BREAK_GLASS = SafeString('<span class="sb-state sb-denied">emergency</span>')


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "is_live",
        "reason",
        "published_by_name",
        "approved_by_name",
        "how",
        "published_at",
        "short_digest",
    )
    list_filter = ("published_at", "self_published", "break_glass")
    search_fields = ("=number", "digest", "reason", "published_by_name")
    fields = (
        "number",
        "is_live",
        "digest",
        "published_at",
        "published_by_name",
        "agreed",
        "how",
        "proposal",
        "reason",
        "going_back",
        "differences",
        "source",
    )
    readonly_fields = ("is_live", "agreed", "how", "proposal", "going_back", "differences", "source")

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path("compare/", view(self.compare_view), name="registry_release_compare"),
            path("in-force/", view(self.in_force_view), name="registry_release_in_force"),
            path("<uuid:release_id>/return/", view(self.return_view), name="registry_release_return"),
            *urls,
        ]

    def in_force_view(self, request: HttpRequest) -> HttpResponse:
        """What was in force at a time."""
        self._may_look(request)
        return self._page(request, "in_force", {"title": "What was in force", **in_force.context_of(request)})

    def return_view(self, request: HttpRequest, release_id: UUID) -> HttpResponse:
        """What returning to a release would change; posting proposes it."""
        self._may_look(request)
        release = get_object_or_404(Release, pk=release_id)
        if not request.user.has_perm(proposals.PROPOSE):
            raise PermissionDenied
        try:
            changes = rollbacks.changes_to(release)
            if request.method == "POST":
                reason = request.POST.get("reason", "")
                drafted = rollbacks.propose(actor=actor_of(request), release=release, reason=reason)
                messages.success(
                    request, f"P{drafted.number} is a draft. Submit it, so that others decide on it."
                )
                return HttpResponseRedirect(reverse("admin:registry_proposal_change", args=[drafted.pk]))
            said: dict[str, Any] = {"changed": in_words(changes)}
        except RegistryError as error:
            said = {"problem": str(error)}
        title = f"Return to release {release.number}?"
        return self._page(request, "return", {"title": title, "release": release, **said})

    def _may_look(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/registry/release/{name}.html", whole)

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """What the release `to` does that `from` did not."""
        self._may_look(request)
        chosen = {row.number: row for row in Release.objects.defer("document")[:MAX_CHOICES]}
        before = chosen.get(_number(request.GET.get("from")))
        after = chosen.get(_number(request.GET.get("to")))
        changes = (
            compare(load_release(before.pk).document, load_release(after.pk).document)
            if before and after
            else ()
        )
        context = {
            "title": "Compare releases",
            "releases": list(chosen.values()),
            "before": before,
            "after": after,
            "changes": changes,
        }
        return self._page(request, "compare", context)

    @admin.display(description="live", boolean=True)
    def is_live(self, release: Release) -> bool:
        return release.pk == read_pointer().release_id

    @admin.display(description="digest")
    def short_digest(self, release: Release) -> str:
        return release.digest[:12]

    @admin.display(description="approved by")
    def agreed(self, release: Release) -> str:
        return ", ".join(release.approvers or ()) or release.approved_by_name or "nobody"

    @admin.display(description="how")
    def how(self, release: Release) -> SafeString | str:
        """What is out of the ordinary about it."""
        marks = [SELF_PUBLISHED] if release.self_published else []
        marks += [BREAK_GLASS] if release.break_glass else []
        return format_html('<span class="sb">{}</span>', SafeString(" ".join(marks))) if marks else "reviewed"

    @admin.display(description="proposal")
    def proposal(self, release: Release) -> SafeString | str:
        found = Proposal.objects.filter(release=release).first()
        if found is None:
            return "made before there were proposals"
        page = reverse("admin:registry_proposal_change", args=[found.pk])
        return format_html('<a class="sb-link" href="{}">{}</a>', page, found)

    @admin.display(description="return")
    def going_back(self, release: Release) -> SafeString | str:
        if release.pk == read_pointer().release_id:
            return "It is in force."
        page = reverse("admin:registry_release_return", args=[release.pk])
        return format_html('<a class="sb-link" href="{}">Propose to return to this release</a>', page)

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
