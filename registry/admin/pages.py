"""Pages that are not about one row: the matrix. The console gives them their URLs."""

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from registry.admin import drafting, matrix_details, matrix_page


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""
    pages = Pages(site)
    return [
        path("registry/matrix/", site.admin_view(pages.matrix), name="registry_matrix"),
        path("registry/matrix/row/", site.admin_view(pages.matrix_row), name="registry_matrix_row"),
    ]


class Pages:
    """Thin shells: a permission, a service, a template."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def matrix(self, request: HttpRequest) -> HttpResponseBase:
        return drafting.served_as_draft(request, lambda: self._matrix(request), "Change the matrix")

    def matrix_row(self, request: HttpRequest) -> HttpResponseBase:
        return drafting.served_as_draft(request, lambda: matrix_details.details(request), "")

    def _matrix(self, request: HttpRequest) -> HttpResponse:
        _require(request, "registry.view_matrixcell")
        answer = matrix_page.answer(request)
        if isinstance(answer, HttpResponse):
            return answer
        return self._page(request, "matrix", {"title": "Compliance matrix", **answer})

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self._site.name
        whole = {**self._site.each_context(request), **context}
        return TemplateResponse(request, f"admin/registry/{name}.html", whole)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
