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
from routing.core.words import REASON_WORDS
from routing.models.impact import DEFAULT_DECISIONS, MAX_DECISIONS, ImpactRun
from routing.services import impacts

NANO_PER_USD = 1_000_000_000
PLACE = 10


class SelectionForm(forms.Form):
    """Which recorded decisions to replay."""

    decisions = forms.IntegerField(
        label="newest decisions", min_value=1, max_value=MAX_DECISIONS, initial=DEFAULT_DECISIONS
    )
    since = forms.DateTimeField(label="since (UTC)", required=False)
    until = forms.DateTimeField(label="until (UTC)", required=False)
    application = forms.CharField(label="of one application", required=False, max_length=128)
    tag = forms.CharField(label="with one tag", required=False, max_length=128)

    def selection(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
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
        "flips": [{**flip, "why": _why(flip["reason"])} for flip in report["flips"]],
        "examples": [{**example, "why": _why(example["reason"])} for example in report["examples"]],
        "cost": {
            "requests": cost["requests"],
            "before": _usd(cost["before_nano"]),
            "change": _usd(cost["change_nano"], signed=True),
            "percent": _percent(cost["change_nano"], cost["before_nano"]),
            "margin": None if cost["half_width_nano"] is None else _usd(cost["half_width_nano"]),
        },
        "latency": latency,
    }


def _why(reason: str) -> str:
    words = {key.value: text for key, text in REASON_WORDS.items()}
    return words.get(reason, reason)


def _usd(nano: int, *, signed: bool = False) -> str:
    sign = ("+" if nano > 0 else "-" if nano < 0 else "") if signed else ""
    return f"{sign}{abs(nano) / NANO_PER_USD:,.4f} USD"


def _percent(change: int, before: int) -> str:
    return f"{100 * change / before:+.1f} %" if before else ""
