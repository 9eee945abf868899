"""Pages beside those of rows: the simulator, impact replays, rollback drills. The console gives them URLs."""

import time

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from registry.selectors import live_release, suspensions_in_force
from routing.admin import (
    data_flow,
    drills,
    experiments,
    failovers,
    health,
    impact_panel,
    playground,
    route_editor,
    shares,
)
from routing.admin.simulator import SimulationForm, medians, simulate
from routing.core.facts import Live
from routing.selectors import compile_release


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest) -> HttpResponse:
        return simulator(site, request)

    def play(request: HttpRequest) -> HttpResponse:
        return playground.page(site, request)

    def flow(request: HttpRequest) -> HttpResponse:
        return data_flow.page(site, request)

    def divided(request: HttpRequest) -> HttpResponse:
        return shares.page(site, request)

    def tried(request: HttpRequest) -> HttpResponse:
        return experiments.page(site, request)

    def healthy(request: HttpRequest) -> HttpResponse:
        return health.page(site, request)

    return [
        path("routing/shares/", site.admin_view(divided), name="routing_shares"),
        path("routing/experiments/", site.admin_view(tried), name="routing_experiments"),
        path("routing/health/", site.admin_view(healthy), name="routing_health"),
        path("routing/data-flow/", site.admin_view(flow), name="routing_data_flow"),
        path("routing/playground/", site.admin_view(play), name="routing_playground"),
        path("routing/simulate/", site.admin_view(page), name="routing_simulate"),
        path("routing/route/offer/", site.admin_view(route_editor.offer), name="routing_route_offer"),
        path("routing/route/check/", site.admin_view(route_editor.check), name="routing_route_check"),
        path("routing/impact/<uuid:proposal>/", site.admin_view(impact_panel.page), name="routing_impact"),
        *drills.page_urls(site),
        *failovers.page_urls(site),
    ]


def simulator(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What the live release would decide, with every deployment taken for healthy, and for as quick as it was
    measured. Nothing is called."""
    if not request.user.has_perm("routing.view_policy"):
        raise PermissionDenied
    request.current_app = site.name
    context = {**site.each_context(request), "title": "Simulator"}
    published = live_release()
    if published is not None:
        release = compile_release(published.number, published.digest, published.document)
        form = SimulationForm(release, request.POST if request.method == "POST" else None)
        context |= {"release": release, "form": form}
        if form.is_bound and form.is_valid():
            suspended = frozenset(placed.subject for placed in suspensions_in_force())
            live = Live(time.time_ns() // 1_000, medians(), suspended)
            context["simulation"] = simulate(release, form.facts(release), live)
    return TemplateResponse(request, "admin/routing/simulate.html", context)
