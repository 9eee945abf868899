"""Failover drills from the console: fail a provider for requests of one's own, and read what happened."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from audit.core.canonical import sha256_hex
from audit.selectors import words
from audit.services import entries
from registry.admin.actor import actor_of
from registry.selectors import live_release
from routing import runtime
from routing.admin.playground import PERMISSION as SEND
from routing.admin.playground import keys_of
from routing.errors import DrillImpossible
from routing.models import FailoverDrill, FailoverPlan
from routing.models.failover import MAX_EVERY_H
from routing.services import failover_plans, failovers

VIEW = "routing.view_policy"
EXPORT = "audit.export_register"
MAX_FROM_HERE = 40  # policies and classes; a page is waited for, the command takes more
MAX_SHOWN = 10
MAX_PLANS = 200
TONES = {
    failovers.SERVED: "approved",
    failovers.UNSERVED: "denied",
    failovers.UNTOUCHED: "absent",
    failovers.UNTRIED: "conditional",
}


class FailoverForm(forms.Form):
    provider = forms.ChoiceField(label="Provider that fails")
    key = forms.ChoiceField(
        label="Requests are sent as", help_text="Its clearance and budgets apply, and it pays what they cost."
    )
    every_h = forms.IntegerField(
        label="Every so many hours",
        required=False,
        min_value=1,
        max_value=MAX_EVERY_H,
        help_text="Only for a plan: a drill that fails is then told of.",
    )

    def __init__(
        self, providers: Sequence[str], keys: Sequence[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("provider", [(each, each) for each in providers]), ("key", list(keys))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest) -> HttpResponse:
        return drills_page(site, request)

    return [
        path("routing/failover/", site.admin_view(page), name="routing_failover"),
        path("routing/failover/<uuid:drill_id>/", site.admin_view(export), name="routing_failover_export"),
    ]


def drills_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """GET: the latest drill, or the one that is asked for. POST: hold one, for whoever may send requests."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    may_hold = request.user.has_perm(SEND)
    form = FailoverForm(_providers(), keys_of(request.user), request.POST or None)
    if request.method == "POST":
        if not may_hold:
            raise PermissionDenied
        if "drop" in request.POST:
            return _drop(request)
        if form.is_valid() and (answer := _done(request, form)) is not None:
            return answer
    request.current_app = site.name
    drills = list(FailoverDrill.objects.defer("report")[:MAX_SHOWN])
    shown = _chosen(request.GET.get("drill", ""), drills)
    context = {
        **site.each_context(request),
        "title": "Failover drills",
        "form": form,
        "may_hold": may_hold,
        "may_export": request.user.has_perm(EXPORT),
        "drills": drills,
        "plans": FailoverPlan.objects.all()[:MAX_PLANS],
        "shown": shown,
        "lines": [_line(line) for line in shown.report["policies"]] if shown else [],
    }
    return TemplateResponse(request, "admin/routing/failover.html", context)


def export(request: HttpRequest, drill_id: UUID) -> HttpResponse:
    """The report as it was kept; that it was taken out, by whom, is on record."""
    if not request.user.has_perms((VIEW, EXPORT)):
        raise PermissionDenied
    drill = get_object_or_404(FailoverDrill, pk=drill_id)
    named = {"provider": drill.provider, "held_at": drill.held_at.isoformat(), "held_by": drill.held_by}
    body = json.dumps({**named, "passed": drill.passed, **drill.report}, indent=2).encode()
    told = {"what": "failover drill", "drill": str(drill.pk), "sha256": sha256_hex(body), "format": "json"}
    entries.record("export.generated", {"actor": entries.actor_of(actor_of(request)), **told})
    response = HttpResponse(body, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="failover-drill-{drill.pk}.json"'
    return response


def _providers() -> list[str]:
    published = live_release()
    deployments = published.document.get("deployments", []) if published is not None else []
    return sorted({deployment["provider"] for deployment in deployments})


def _done(request: HttpRequest, form: FailoverForm) -> HttpResponse | None:
    """What the button was for; None where it could not be done, which the form or a message says."""
    here = reverse("admin:routing_failover")
    if "plan" not in request.POST:
        held = _hold(request, form)
        return None if held is None else HttpResponseRedirect(f"{here}?drill={held.pk}")
    given = form.cleaned_data
    if not given["every_h"]:
        form.add_error("every_h", "Say how often.")
        return None
    failover_plans.plan(
        provider=given["provider"], key=given["key"], every_h=given["every_h"], actor=actor_of(request)
    )
    messages.success(request, f"{given['provider']} fails for a drill every {given['every_h']} hours.")
    return HttpResponseRedirect(here)


def _drop(request: HttpRequest) -> HttpResponse:
    plan = FailoverPlan.objects.filter(provider=request.POST["drop"]).first()
    if plan is not None:
        failover_plans.drop(plan=plan, actor=actor_of(request))
    return HttpResponseRedirect(reverse("admin:routing_failover"))


def _hold(request: HttpRequest, form: FailoverForm) -> FailoverDrill | None:
    """By the process's own runtime, as the playground sends."""
    given = form.cleaned_data
    try:
        held = failovers.hold(
            provider=given["provider"],
            keys=[given["key"]],
            actor=actor_of(request),
            runtime=runtime.get(),
            limit=MAX_FROM_HERE,
        )
    except DrillImpossible as error:
        messages.error(request, str(error))
        return None
    told = messages.success if held.passed else messages.warning
    told(request, f"The drill {'passed' if held.passed else 'failed'}.")
    return held


def _chosen(wanted: str, drills: list[FailoverDrill]) -> FailoverDrill | None:
    try:
        return FailoverDrill.objects.filter(pk=UUID(wanted)).first()
    except ValueError:
        return drills[0] if drills else None


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """One policy and class of a report, with its figures in words."""
    shown = {**line, "tone": TONES[line["outcome"]]}
    if line.get("added_cost_nano") is not None:
        more_ms, more_nano = line["added_latency_ms"], line["added_cost_nano"]
        shown["latency"] = f"{more_ms:+,} ms"
        shown["cost"] = f"{'-' if more_nano < 0 else '+'}{words.usd(abs(more_nano))}"
    return shown
