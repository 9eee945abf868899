"""Proposals in admin: their list, and the page on which each is read and decided."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ReadOnlyAdmin
from registry.admin.proposal_actions import ACTIONS, act
from registry.admin.proposal_filters import WaitingAreaFilter, WhoseFilter
from registry.admin.proposal_page import TONES, context_of, waits_for
from registry.errors import RegistryError
from registry.models import Proposal, ProposalState
from registry.services.applying import words_of

EMERGENCY = SafeString(' <span class="sb-state sb-denied">emergency</span>')


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "standing", "waits_for", "author_name", "created_at", "became")
    list_display_links = ("number", "title")
    list_filter = (WhoseFilter, "state", WaitingAreaFilter, "break_glass", "source")
    search_fields = ("=number", "title", "author_name", "reason")
    list_select_related = ("release",)
    ordering = ("-number",)

    class Media:
        css = {"all": ["registry/console.css"]}

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """The proposal, and what can be done with it: no form of its fields."""
        proposal = self.get_object(request, object_id or "")
        if proposal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id or "")  # type: ignore[no-any-return]
        if not self.has_view_permission(request, proposal):
            raise PermissionDenied
        if request.method == "POST":
            return self._act(request, proposal)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": f"P{proposal.number} {proposal.title}",
            "opts": self.opts,
            **context_of(request, proposal),
        }
        return TemplateResponse(request, "admin/registry/proposal/page.html", context)

    def _act(self, request: HttpRequest, proposal: Proposal) -> HttpResponse:
        if request.POST.get("do", "") not in ACTIONS:
            return HttpResponseBadRequest("A proposal can't do that.")
        try:
            messages.success(request, act(request, proposal))
        except (RegistryError, ValidationError) as error:
            messages.error(request, words_of(error))
        except IntegrityError as error:
            messages.error(request, f"The database refused it: {error}")
        return HttpResponseRedirect(request.path)

    @admin.display(description="state", ordering="state")
    def standing(self, proposal: Proposal) -> SafeString:
        loud = EMERGENCY if proposal.break_glass else ""
        return format_html(
            '<span class="sb"><span class="sb-state sb-{}">{}</span>{}</span>',
            TONES[ProposalState(proposal.state)],
            proposal.get_state_display(),
            loud,
        )

    @admin.display(description="waits for")
    def waits_for(self, proposal: Proposal) -> str:
        return waits_for(proposal) or "-"

    @admin.display(description="release", ordering="release__number")
    def became(self, proposal: Proposal) -> str:
        return str(proposal.release.number) if proposal.release else "-"
