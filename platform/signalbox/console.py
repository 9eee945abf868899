"""The admin site: django-unfold's, or Django's plain one where SIGNALBOX_PLAIN_ADMIN is set."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse

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
        from registry.admin.catalog import page_urls as catalog_pages
        from registry.admin.inbox import page_urls as inbox_pages
        from registry.admin.model_card import page_urls as card_pages
        from registry.admin.pages import page_urls as registry_pages
        from registry.admin.retirements import page_urls as retirement_pages
        from registry.admin.suspensions import page_urls as suspend_pages
        from routing.admin.pages import page_urls as routing_pages

        pages = (
            *inbox_pages(self),
            *registry_pages(self),
            *card_pages(self),
            *retirement_pages(self),
            *catalog_pages(self),
            *suspend_pages(self),
            *routing_pages(self),
        )
        return [*pages, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the draft that the person works on, which every page names."""
        from registry.admin import drafting

        return {**super().each_context(request), "working_draft": drafting.banner_of(request)}

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Choices are those of the draft, like the pages that offer them."""
        from registry.admin import drafting

        view = super().autocomplete_view
        answer = drafting.served_as_draft(request, lambda: view(request), "")
        assert isinstance(answer, HttpResponse)
        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own form, or the page with single sign-on and second factors where these are on."""
        if not settings.SSO.enabled:
            return super().login(request, extra_context)
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from signalbox import alarms, dashboard

        figures = {**dashboard.context(request), "plain_admin": settings.PLAIN_ADMIN}
        figures["alarms"] = alarms.alarms_for(request)
        return super().index(request, {**figures, **(extra_context or {})})
