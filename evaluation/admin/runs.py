"""Runs of models over evaluation sets: begun by a form, then to be read."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ReadOnlyAdmin
from audit.selectors import words
from evaluation.core.comparing import Paired, Summary
from evaluation.errors import EvaluationError, RunRefused
from evaluation.models import EvaluationSet, ModelRun, RunState
from evaluation.selectors import results, unanswered
from evaluation.services import measured, runs
from evaluation.tasks import run_models
from registry.admin.actor import actor_of
from registry.admin.fields import Select, TextInput
from registry.errors import RegistryError
from registry.models import Source
from registry.selectors import live_release
from registry.services import proposals
from registry.wording import in_words
from routing.admin.playground import keys_of
from routing.core.decide import AUTO
from routing.selectors import compile_release

PLAY = "routing.use_playground"
BEGIN = "evaluation.add_modelrun"


def _askable() -> set[str] | None:
    """What an application may write as its model, by the release in force; None where none is."""
    published = live_release()
    if published is None:
        return None
    release = compile_release(published.number, published.digest, published.document)
    return {AUTO, *release.policies, *(each.model for each in release.deployments.values())}


class RunForm(forms.ModelForm):  # type: ignore[type-arg]
    key_prefix = forms.ChoiceField(
        label="API key",
        widget=Select,
        help_text="Whose requests they are: its clearance and limits hold, its application's budgets pay.",
    )
    targets = forms.CharField(
        label="Models",
        widget=TextInput,
        help_text="Names of models or policies, as an application writes them, with commas between.",
    )

    class Meta:
        model = ModelRun
        fields = ("set", "key_prefix", "targets")

    def clean_targets(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["targets"].split(",") if name.strip()]
        known = _askable()
        unknown = [name for name in names if known is not None and name not in known]
        if unknown:
            raise forms.ValidationError(
                f"The live release has no model or policy named {', '.join(unknown)}. "
                "With commas between, names are written as they are listed under Models and Routing policies."
            )
        return names

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if "set" in given and "targets" in given:
            try:
                runs.check(given["set"], given["targets"])
            except RunRefused as error:
                raise forms.ValidationError(str(error)) from error
        return given


@admin.register(ModelRun)
class ModelRunAdmin(ReadOnlyAdmin):
    empty_text = (
        "A run asks models or policies every item of an evaluation set, and measures quality, cost and time."
    )
    list_display = (
        "__str__",
        "state",
        "asked_for",
        "key_prefix",
        "created_by_name",
        "created_at",
        "ended_at",
    )
    list_filter = ("state", "set")
    list_select_related = ("set",)
    fields: Any = (
        *("set", "results", "relying", "state", "why", "asked_for", "key_prefix"),
        *("created_by_name", "created_at", "ended_at", "set_digest", "digest"),
    )
    actions = ("cancel_selected",)  # type: ignore[assignment]

    class Media:
        css = {"all": ["registry/console.css"]}

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """It spends an application's money, as the playground does."""
        return request.user.has_perms((BEGIN, PLAY))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.propose_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<uuid:run_id>/propose/", view, name="evaluation_modelrun_propose"), *urls]

    def propose_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """What relying on a run would change; posting proposes it."""
        if not (self.has_view_permission(request) and request.user.has_perm(proposals.PROPOSE)):
            raise PermissionDenied
        run = get_object_or_404(ModelRun.objects.select_related("set"), pk=run_id)
        try:
            if request.method == "POST":
                return _proposed(request, run)
            changes = measured.changes_of(run=run, author=actor_of(request))
            said: dict[str, Any] = {"changed": in_words(changes)}
        except (EvaluationError, RegistryError) as error:
            said = {"problem": str(error)}
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, "run": run, **said}
        context["title"] = f"Rely on what was measured on {run.set.name}?"
        return TemplateResponse(request, "admin/evaluation/propose.html", context)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("set", "key_prefix", "targets") if obj is None else self.fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        form: Any = super().get_form(request, obj, change, form=RunForm, **kwargs)
        form.base_fields["key_prefix"].choices = keys_of(request.user)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("results", "relying", "asked_for")

    def save_model(self, request: HttpRequest, obj: ModelRun, form: Any, change: bool) -> None:
        """The service makes the row; the form's own is given its id, for the page that comes next."""
        asked = form.cleaned_data
        run = _begun(asked["set"], asked["targets"], asked["key_prefix"], request)
        obj.pk, obj.created_at = run.pk, run.created_at
        obj._state.adding = False

    @admin.action(description="Begin no further item of the selected", permissions=["begin"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[ModelRun]) -> None:
        ended = sum(runs.cancel(run=run, actor=actor_of(request)) for run in queryset.select_related("set"))
        messages.success(request, f"{ended} cancelled.")

    def has_begin_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    @admin.display(description="asked for")
    def asked_for(self, run: ModelRun) -> str:
        return ", ".join(run.targets)

    @admin.display(description="relying on it")
    def relying(self, run: ModelRun) -> SafeString | str:
        if run.state != RunState.DONE:
            return "Only a run that came to its end measures anything."
        page = reverse("admin:evaluation_modelrun_propose", args=[run.pk])
        return format_html('<a class="sb-link" href="{}">Propose to rely on what it measured</a>', page)

    @admin.display(description="results")
    def results(self, run: ModelRun) -> SafeString:
        found, compared = results(run)
        context = {
            "versions": [_shown(each) for each in found],
            "compared": [_compared(each) for each in compared],
            "unanswered": sorted(unanswered(run).items()),
        }
        return render_to_string("admin/evaluation/results.html", context)


def _begun(evaluation_set: EvaluationSet, targets: list[str], key: str, request: HttpRequest) -> ModelRun:
    with transaction.atomic():
        run = runs.create(
            evaluation_set=evaluation_set, targets=targets, key_prefix=key, actor=actor_of(request)
        )
        transaction.on_commit(partial(run_models.delay, str(run.pk)), robust=True)
    return run


def _proposed(request: HttpRequest, run: ModelRun) -> HttpResponse:
    drafted = measured.propose(
        run=run, author=actor_of(request), reason=request.POST.get("reason", ""), source=Source.ADMIN
    )
    messages.success(request, f"P{drafted.number} is a draft. Submit it, so that others decide on it.")
    return HttpResponseRedirect(reverse("admin:registry_proposal_change", args=[drafted.pk]))


def _shown(summary: Summary) -> dict[str, str]:
    low, high = summary.interval
    graded = f"{summary.quality.value:.3f} ({low:.3f} to {high:.3f})" if summary.graded else "not graded"
    return {
        "who": summary.who,
        "answers": str(summary.answers),
        "graded": str(summary.graded),
        "quality": graded,
        "cost": words.usd(summary.cost_nano),
        "median": words.milliseconds(summary.median_ms),
    }


def _compared(pair: Paired) -> dict[str, str]:
    low, high = pair.gain.interval
    return {
        "better": pair.better,
        "than": pair.than,
        "items": str(pair.items),
        "gain": f"{pair.gain.value:+.3f} ({low:+.3f} to {high:+.3f})",
        "verdict": pair.verdict,
    }
