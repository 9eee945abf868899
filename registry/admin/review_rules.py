"""Who must agree: how many people each area asks for. Changing it is a proposal, decided by that area."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from registry.admin.bases import GovernedAdmin
from registry.models import Area, ReviewRule
from registry.services.proposals import DEFAULT_QUORUM

OWNS = {
    Area.PLATFORM: "Policies, models, versions, deployments, providers",
    Area.PRIVACY: "Data classes, the matrix, detection, certifications",
    Area.FINANCE: "Prices and limits",
}


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area, and what holds for it: also where nobody has said anything yet."""

    label: str
    owns: str
    quorum: int
    said: bool
    url: str  # where it is changed; empty for who may not

    @property
    def told(self) -> str:
        if self.quorum == 0:
            return "Nobody else has to agree: its changes are self-published, and every release says so."
        people = "One person" if self.quorum == 1 else f"{self.quorum} people"
        return f"{people} besides the author must agree."


@admin.register(ReviewRule)
class ReviewRuleAdmin(GovernedAdmin):
    fields = ("area", "quorum")

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("area",) if obj else ()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Every area, whether or not it has a rule of its own."""
        if request.method != "GET":
            return super().changelist_view(request, extra_context)
        return self._drafted(request, lambda: self._areas(request))

    def _areas(self, request: HttpRequest) -> TemplateResponse:
        if not request.user.has_perm("registry.view_reviewrule"):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": "Who must agree",
            "opts": self.opts,
            "areas": self._views(request),
        }
        return TemplateResponse(request, "admin/registry/reviewrule/areas.html", context)

    def _views(self, request: HttpRequest) -> list[AreaView]:
        rules = {rule.area: rule for rule in ReviewRule.objects.all()}
        may = request.user.has_perms(["registry.add_reviewrule", "registry.change_reviewrule"])
        views = []
        for area in Area:
            rule = rules.get(area.value)
            page = (
                reverse("admin:registry_reviewrule_change", args=[rule.pk])
                if rule
                else f"{reverse('admin:registry_reviewrule_add')}?area={area.value}"
            )
            quorum = rule.quorum if rule else DEFAULT_QUORUM
            views.append(AreaView(area.label, OWNS[area], quorum, rule is not None, page if may else ""))
        return views
