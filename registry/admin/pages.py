"""Pages that are not about one row: the matrix, and publishing. The console gives them their URLs."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from registry.admin.actor import actor_of
from registry.admin.matrix_form import CellForm
from registry.admin.matrix_table import build_table
from registry.errors import PublishRefused, RegistryError
from registry.services import matrix, releases


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""
    pages = Pages(site)
    return [
        path("registry/matrix/", site.admin_view(pages.matrix), name="registry_matrix"),
        path("registry/publish/", site.admin_view(pages.publish), name="registry_publish"),
    ]


class Pages:
    """Thin shells: a permission, a service, a template."""

    def __init__(self, site: AdminSite) -> None:
        self._site = site

    def matrix(self, request: HttpRequest) -> HttpResponse:
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

    def publish(self, request: HttpRequest) -> HttpResponse:
        _require(request, "registry.view_release")
        may_publish = request.user.has_perm(releases.PERMISSION)
        if request.method == "POST":
            if not may_publish:
                raise PermissionDenied
            response = _publish(request)
            if response is not None:
                return response
        context = {"title": "Publish", "preview": releases.preview(), "may_publish": may_publish}
        return self._page(request, "publish", {**context, "reason": request.POST.get("reason", "")})

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self._site.name
        whole = {**self._site.each_context(request), **context}
        return TemplateResponse(request, f"admin/registry/{name}.html", whole)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _decide(request: HttpRequest, form: CellForm) -> bool:
    try:
        cell = matrix.decide(actor=actor_of(request), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    messages.success(
        request, f"{cell.deployment} is now {cell.get_decision_display().lower()} for {cell.data_class}."
    )
    return True


def _publish(request: HttpRequest) -> HttpResponse | None:
    try:
        release = releases.publish(
            actor=actor_of(request),
            reason=request.POST.get("reason", ""),
            expected_digest=request.POST.get("digest", ""),
        )
    except PublishRefused as error:
        messages.error(request, f"{error} See the findings.")
    except RegistryError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Release {release.number} is live.")
        return HttpResponseRedirect(reverse("admin:registry_release_change", args=[release.pk]))
    return None
