"""A version's model card: a page, and files of it that say the same."""

import json
from typing import Any
from uuid import UUID

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from audit.services import entries
from registry.admin.actor import actor_of
from registry.lifecycle.card import card_of
from registry.lifecycle.card_text import markdown
from registry.models import ModelVersion
from registry.scopes import EVERY_TEAM

VIEW = "registry.view_modelversion"
TYPES = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
}


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest, version_id: UUID) -> HttpResponse:
        return card_page(site, request, version_id)

    base = "registry/modelversion/<uuid:version_id>/card"
    return [
        path(f"{base}/", site.admin_view(page), name="registry_modelversion_card"),
        path(f"{base}.<str:form>", site.admin_view(card_file), name="registry_modelversion_card_file"),
    ]


def card_page(site: AdminSite, request: HttpRequest, version_id: UUID) -> HttpResponse:
    version, card = _card(request, version_id)
    request.current_app = site.name
    context = {**site.each_context(request), "title": f"Model card: {version}", "version": version}
    return TemplateResponse(
        request, "admin/registry/modelversion/card.html", {**context, "card": card, "forms": list(TYPES)}
    )


def card_file(request: HttpRequest, version_id: UUID, form: str) -> HttpResponse:
    """The card as a file; that it was taken out is recorded."""
    if form not in TYPES:
        raise Http404("There is no such form of a model card.")
    version, card = _card(request, version_id)
    told = {"model": version.model.name, "version": version.name, "form": form, "sha256": card["sha256"]}
    entries.record("model.card_exported", {"actor": entries.actor_of(actor_of(request)), **told})
    name = f"model-card-{version.model.name}-{version.name}.{form}".replace("/", "-").replace(":", "-")
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(_rendered(card, form), content_type=TYPES[form], headers=attached)


def _rendered(card: dict[str, Any], form: str) -> str:
    if form == "json":
        return json.dumps(card, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return markdown(card) if form == "md" else render_to_string("registry/model_card.html", {"card": card})


def _card(request: HttpRequest, version_id: UUID) -> tuple[ModelVersion, dict[str, Any]]:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    version = get_object_or_404(ModelVersion.objects.select_related("model"), pk=version_id)
    card = card_of(version, timezone.now(), with_uses=request.user.has_perm(EVERY_TEAM))
    return version, card
