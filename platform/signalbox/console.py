"""The admin site: django-unfold's, or Django's plain one where SIGNALBOX_PLAIN_ADMIN is set."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.sites import AdminSite
else:
    from unfold.sites import UnfoldAdminSite as AdminSite


class Console(AdminSite):
    """Adds the pages that are not about one row, and the dashboard on the first page."""

    site_title = "Signalbox"
    site_header = "Signalbox"
    index_title = "Overview"
    site_url = None
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # Imported here, because the site exists before the apps' models do.
        from registry.admin.pages import page_urls as registry_pages
        from routing.admin.pages import page_urls as routing_pages

        return [*registry_pages(self), *routing_pages(self), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from signalbox import dashboard

        figures = {**dashboard.context(request), "plain_admin": settings.PLAIN_ADMIN}
        return super().index(request, {**figures, **(extra_context or {})})
