"""The retirement calendar: what ends when, and what still depends on it."""

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from registry.lifecycle import ics, retirements
from registry.scopes import EVERY_TEAM

BANDS = (
    (0, "Turned off, and not retired here"),
    (7, "Within 7 days"),
    (30, "Within 30 days"),
    (90, "Within 90 days"),
    (None, "Later"),
)
VIEW = "registry.view_modelversion"


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest) -> HttpResponse:
        return retirements_page(site, request)

    return [
        path("registry/retirements/", site.admin_view(page), name="registry_retirements"),
        path("registry/retirements.ics", site.admin_view(calendar_file), name="registry_retirements_ics"),
    ]


def retirements_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    _require_view(request)
    request.current_app = site.name
    found = list(retirements.calendar(timezone.now()))
    bands = [(words, [each for each in found if each.within_days == days]) for days, words in BANDS]
    context = {
        **site.each_context(request),
        "title": "Retirements",
        "bands": [(words, rows) for words, rows in bands if rows],
        "shows_uses": request.user.has_perm(EVERY_TEAM),
    }
    return TemplateResponse(request, "admin/registry/retirements.html", context)


def calendar_file(request: HttpRequest) -> HttpResponse:
    _require_view(request)
    text = ics.calendar_text(retirements.ending(), timezone.now())
    attached = {"Content-Disposition": 'attachment; filename="retirements.ics"'}
    return HttpResponse(text, content_type=ics.CONTENT_TYPE, headers=attached)


def _require_view(request: HttpRequest) -> None:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
