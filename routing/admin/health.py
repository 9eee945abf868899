"""How deployments and models do: a page of all, and what the page of each of them shows."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from registry.admin.panels import register_row_panel
from registry.models import Deployment, Model
from registry.selectors import live_release, suspensions_in_force
from routing import runtime
from routing.core.facts import Health
from routing.core.release import Deployment as Candidate
from routing.core.release import Release
from routing.core.suspended import first_suspended, subjects_of
from routing.health.figures import Figures
from routing.health.readings import WINDOWS, Window, read, read_some
from routing.models import FallbackAlert
from routing.selectors import compile_release
from routing.services.fallbacks import in_words

PERMISSION = "registry.view_deployment"
MAX_ALERTS = 10
MAX_DEPLOYMENTS = 100  # of one model, on its page
NOTHING = Figures()
STATES = {
    "closed": ("approved", "well"),
    "half_open": ("conditional", "tried again"),
    "open": ("denied", "failing"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One deployment or model. `now` is None of a model, and where this process knows nothing of it."""

    name: str
    model: str
    provider: str
    figures: Figures
    now: Health | None = None
    tone: str = "absent"
    state: str = "not called lately"
    row_id: UUID | None = None


def register() -> None:
    register_row_panel(Deployment, lambda row: _panel([row.name]))
    register_row_panel(Model, lambda row: _panel(_deployments_of(row)))


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    request.current_app = site.name
    window = next((each for each in WINDOWS if each.key == request.GET.get("window")), WINDOWS[1])
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Health",
        "windows": WINDOWS,
        "window": window,
    }
    published = live_release()
    if published is not None:
        release = compile_release(published.number, published.digest, published.document)
        context |= {"release": release, **_tables(release, window)}
    return TemplateResponse(request, "admin/routing/health.html", context)


def _tables(release: Release, window: Window) -> dict[str, Any]:
    reading, health = read(window, timezone.now()), known_now()
    rows = dict(Deployment.objects.filter(name__in=list(release.deployments)).values_list("name", "pk"))
    suspended = frozenset(each.subject for each in suspensions_in_force())
    deployments = [
        replace(
            _line(
                deployment.name,
                deployment.model,
                deployment.provider,
                reading.deployments.get(deployment.name, NOTHING),
                health.get(deployment.name),
            ),
            row_id=rows.get(deployment.name),
            **_stopped(deployment, suspended),
        )
        for deployment in sorted(release.deployments.values(), key=lambda each: (each.model, each.name))
    ]
    models = sorted({deployment.model for deployment in release.deployments.values()})
    return {
        "deployments": deployments,
        "models": [Line(name, name, "", reading.models.get(name, NOTHING)) for name in models],
        "is_cut": reading.is_cut,
        "alerts": [(alert, in_words(alert)) for alert in FallbackAlert.objects.all()[:MAX_ALERTS]],
    }


def known_now() -> dict[str, Health]:
    """What all workers share about this moment, as this process read it last; nothing where it reads none."""
    try:
        return dict(runtime.get().surroundings.health)
    except RuntimeError:
        return {}


def _stopped(deployment: Candidate, suspended: frozenset[str]) -> dict[str, Any]:
    """What is said of a deployment that is not called, however well it did; nothing of another."""
    if first_suspended(subjects_of(deployment), suspended):
        return {"tone": "denied", "state": "suspended"}
    return {} if deployment.enabled else {"tone": "absent", "state": "turned off"}


def _line(name: str, model: str, provider: str, figures: Figures, now: Health | None) -> Line:
    if now is None:
        return Line(name, model, provider, figures)
    tone, state = STATES[now.breaker]
    return Line(name, model, provider, figures, now, tone, state)


def _deployments_of(model: Model) -> list[str]:
    rows = Deployment.objects.filter(version__model=model).order_by("name")
    return list(rows.values_list("name", flat=True)[:MAX_DEPLOYMENTS])


def _panel(names: list[str]) -> SafeString | str:
    if not names:
        return "It has no deployment yet."
    health = known_now()
    context = {
        "rows": read_some(names, timezone.now()),
        "now": [_line(name, "", "", NOTHING, health[name]) for name in names if name in health],
    }
    return render_to_string("admin/routing/health_of_row.html", context)
