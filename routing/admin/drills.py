"""Trying what a version returns to, from the console: what came of earlier drills, and another one."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from registry.admin.actor import actor_of
from registry.errors import RegistryError
from registry.models import Drill, ModelVersion, RollbackPlan
from registry.services.proposals import PROPOSE
from routing.services import drills

VIEW = "registry.view_modelversion"
MAX_FROM_HERE = 10_000  # a page is waited for; the command takes more
MAX_SHOWN = 10


class DrillForm(forms.Form):
    decisions = forms.IntegerField(
        label="Newest decisions to replay",
        min_value=1,
        max_value=MAX_FROM_HERE,
        initial=drills.DEFAULT_DECISIONS,
        help_text=f"At most {MAX_FROM_HERE:,}; manage.py rollback_drill takes more.",
    )


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest, version_id: UUID) -> HttpResponse:
        return drill_page(site, request, version_id)

    route = "registry/modelversion/<uuid:version_id>/drill/"
    return [path(route, site.admin_view(page), name="registry_modelversion_drill")]


def drill_page(site: AdminSite, request: HttpRequest, version_id: UUID) -> HttpResponse:
    """GET: the plan and its drills. POST: hold one, for whoever may propose the change that it tries."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    version = get_object_or_404(ModelVersion.objects.select_related("model"), pk=version_id)
    form = DrillForm(request.POST or None)
    may_hold = request.user.has_perm(PROPOSE)
    if request.method == "POST":
        if not may_hold:
            raise PermissionDenied
        if form.is_valid():
            _hold(request, version, form.cleaned_data["decisions"])
            return HttpResponseRedirect(reverse("admin:registry_modelversion_drill", args=[version.pk]))
    request.current_app = site.name
    plan = RollbackPlan.objects.filter(version=version).select_related("returns_to__model").first()
    context = {
        **site.each_context(request),
        "title": f"Rollback drill: {version}",
        "version": version,
        "plan": plan,
        "drills": Drill.objects.filter(version_id=version.pk)[:MAX_SHOWN],
        "form": form,
        "may_hold": may_hold,
    }
    return TemplateResponse(request, "admin/registry/modelversion/drill.html", context)


def _hold(request: HttpRequest, version: ModelVersion, decisions: int) -> None:
    try:
        held = drills.hold(version=version, decisions=decisions, actor=actor_of(request))
    except RegistryError as error:
        messages.error(request, str(error))
        return
    told = messages.success if held.passed else messages.warning
    told(request, f"The drill {'passed' if held.passed else 'failed'}: {held.version} → {held.returns_to}.")
