"""The impact replay on a proposal's page: asked for, watched while it runs, and read."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from registry.admin.panels import register_panel
from registry.models import Proposal
from registry.services import proposals
from routing import sources
from routing.core.flips import cause_in_words
from routing.models.impact import DEFAULT_DECISIONS, MAX_DECISIONS, ImpactRun
from routing.services import impacts

NANO_PER_USD = 1_000_000_000
PLACE = 10


def source_choices() -> list[tuple[str, Any]]:
    """The recorded decisions, and what apps offer beside them, by “kind:name”."""
    offered = [
        (source.label, [(f"{source.kind}:{name}", name) for name in source.names()])
        for source in sources.every()
    ]
    return [("", "recorded decisions"), *((label, names) for label, names in offered if names)]


class SelectionForm(forms.Form):
    """Which requests to replay. What narrows recorded decisions says nothing of other sources."""

    source = forms.ChoiceField(label="requests of", required=False, choices=source_choices)
    decisions = forms.IntegerField(
        label="at most, the newest", min_value=1, max_value=MAX_DECISIONS, initial=DEFAULT_DECISIONS
    )
    since = forms.DateTimeField(label="since (UTC)", required=False)
    until = forms.DateTimeField(label="until (UTC)", required=False)
    application = forms.CharField(label="of one application", required=False, max_length=128)
    tag = forms.CharField(label="with one tag", required=False, max_length=128)

    def selection(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given["source"], _, given["source_name"] = given["source"].partition(":")
        for name in ("since", "until"):
            given[name] = given[name] and given[name].replace(tzinfo=UTC)
        return given


def register() -> None:
    register_panel("impact", panel, place=PLACE)
    proposals.when_submitted(start)


def start(proposal: Proposal) -> None:
    """Replay what was submitted: the row waits for the worker's clock."""
    impacts.ask(proposal=proposal)


def panel(request: HttpRequest, proposal: Proposal) -> SafeString:
    """The newest run of what the proposal says, and the form for another."""
    return _rendered(request, proposal, SelectionForm())


def page(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """GET: the panel alone, for a page that refreshes it. POST: another run."""
    if not request.user.has_perm("registry.view_proposal"):
        raise PermissionDenied
    row = get_object_or_404(Proposal, pk=proposal)
    form = SelectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            impacts.ask(proposal=row, asked_by=request.user.get_username(), **form.selection())
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return HttpResponseRedirect(reverse("admin:registry_proposal_change", args=[row.pk]) + "#impact")
    return HttpResponse(_rendered(request, row, form))


def _rendered(request: HttpRequest, proposal: Proposal, form: SelectionForm) -> SafeString:
    run = impacts.latest(proposal)
    context = {"proposal": proposal, "run": run, "form": form, **(_report(run) if run else {})}
    return render_to_string("admin/routing/impact.html", context, request)


def _report(run: ImpactRun) -> dict[str, Any]:
    """The report's figures as people read them."""
    if not run.report:
        return {}
    report = run.report
    cost, latency = report["cost"], report["latency"]
    return {
        "report": report,
        "changed": report["rerouted"] + report["newly_refused"] + report["newly_allowed"],
        "flips": [
            {**flip, "why": cause_in_words(flip["reason"], flip["before"], flip["after"])}
            for flip in report["flips"]
        ],
        "examples": report["examples"],
        "cost": {
            "requests": cost["requests"],
            "before": _usd(cost["before_nano"]),
            "change": _usd(cost["change_nano"], signed=True),
            "percent": _percent(cost["change_nano"], cost["before_nano"]),
            "margin": None if cost["half_width_nano"] is None else _usd(cost["half_width_nano"]),
        },
        "latency": latency,
    }


def _usd(nano: int, *, signed: bool = False) -> str:
    sign = ("+" if nano > 0 else "-" if nano < 0 else "") if signed else ""
    return f"{sign}{abs(nano) / NANO_PER_USD:,.4f} USD"


def _percent(change: int, before: int) -> str:
    return f"{100 * change / before:+.1f} %" if before else ""
