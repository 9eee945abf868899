"""Pages that are not about one row: the matrix. The console gives them their URLs."""

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from registry.admin import drafting
from registry.admin.actor import actor_of
from registry.admin.matrix_form import CellForm
from registry.admin.matrix_table import build_table
from registry.services import matrix


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""
    pages = Pages(site)
    return [
        path("registry/matrix/", site.admin_view(pages.matrix), name="registry_matrix"),
    ]


class Pages:
    """Thin shells: a permission, a service, a template."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def matrix(self, request: HttpRequest) -> HttpResponseBase:
        return drafting.served_as_draft(request, lambda: self._matrix(request), "Change the matrix")

    def _matrix(self, request: HttpRequest) -> HttpResponse:
        _require(request, "registry.view_matrixcell")
        editable = request.user.has_perms(["registry.add_matrixcell", "registry.change_matrixcell"])
        if request.method == "POST":
            if not editable:
                raise PermissionDenied
            form = CellForm(request.POST)
            if form.is_valid() and _decide(request, form):
                return HttpResponseRedirect(f"{reverse('admin:registry_matrix')}#cell-{form.cell_id()}")
        else:
            form = CellForm(initial=request.GET.dict())
        search = request.GET.get("q", "").strip()[:100]
        context = {"title": "Compliance matrix", "table": build_table(search), "search": search}
        return self._page(request, "matrix", {**context, "form": form, "editable": editable})

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self._site.name
        whole = {**self._site.each_context(request), **context}
        return TemplateResponse(request, f"admin/registry/{name}.html", whole)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _decide(request: HttpRequest, form: CellForm) -> bool:
    try:
        matrix.decide(actor=actor_of(request), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True
