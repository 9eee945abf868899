"""The playground: a request as an application, and its answer beside the decision and each attempt."""

import json
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from audit import scopes
from audit.models import Attempt, Request
from audit.selectors import knob_words, words
from registry.admin.actor import actor_of
from registry.models import ApiKey
from registry.selectors import live_release
from routing import playground, runtime
from routing.admin.knob_fields import KnobFields
from routing.api.knob_wire import KNOBS
from routing.api.labels import MAX_TAGS, Labels
from routing.core.release import Release
from routing.playground import MAX_AT_ONCE, SCOPE, Sent, Wanted
from routing.selectors import compile_release

PERMISSION = "routing.use_playground"
MAX_KEYS = 1_000
MAX_TEXT_CHARS = 100_000
MAX_OUTPUT_TOKENS = 100_000
MAX_SHOWN = 50


class PlaygroundForm(KnobFields):
    key = forms.ChoiceField(
        label="As", help_text="Its clearance, limits and budgets apply, and it pays what this costs."
    )
    data_class = forms.ChoiceField(label="Data class", required=False)
    task = forms.CharField(max_length=200, required=False)
    tags = forms.CharField(max_length=1_000, required=False, help_text="Separated by commas.")
    max_output_tokens = forms.IntegerField(
        label="Output tokens, at most",
        required=False,
        min_value=1,
        max_value=MAX_OUTPUT_TOKENS,
        initial=512,
    )
    model_1 = forms.ChoiceField(label="Ask for")
    model_2 = forms.ChoiceField(label="Beside it", required=False)
    model_3 = forms.ChoiceField(label="And a third", required=False)
    system = forms.CharField(
        label="Instructions",
        required=False,
        max_length=MAX_TEXT_CHARS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    text = forms.CharField(
        label="Message", max_length=MAX_TEXT_CHARS, widget=forms.Textarea(attrs={"rows": 5})
    )
    field_order = (
        *("key", "data_class", "task", "tags", "max_output_tokens", *KNOBS),
        *("model_1", "model_2", "model_3", "system", "text"),
    )

    def __init__(self, release: Release, person: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        classes = sorted(release.data_classes.values(), key=lambda data_class: data_class.rank)
        models = sorted({deployment.model for deployment in release.deployments.values()})
        names = [("auto", "auto: the default policy")]
        names += [(name, f"policy {name}") for name in sorted(release.policies)]
        names += [(name, f"model {name}") for name in models if name not in release.policies]
        self._choices("key", keys_of(person))
        self._choices("data_class", [("", "as the key says"), *((each.name, each.name) for each in classes)])
        self._choices("model_1", names)
        for field in ("model_2", "model_3"):
            self._choices(field, [("", "nothing"), *names])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_tags(self) -> tuple[str, ...]:
        tags = sorted({tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()})
        if len(tags) > MAX_TAGS:
            raise forms.ValidationError(f"At most {MAX_TAGS} tags.")
        return tuple(tags)

    def wanted(self) -> Wanted:
        """Of a valid form."""
        given = self.cleaned_data
        models = (given["model_1"], given["model_2"], given["model_3"])
        system = [{"role": "system", "content": given["system"]}] if given["system"] else []
        return Wanted(
            models=tuple(model for model in models if model)[:MAX_AT_ONCE],
            messages=(*system, {"role": "user", "content": given["text"]}),
            labels=Labels(given["data_class"] or None, given["task"], given["tags"], knobs=self.knobs),
            max_output_tokens=given["max_output_tokens"],
        )


def keys_of(person: Any) -> list[tuple[str, str]]:
    """The keys of the applications that the person may see, as choices."""
    keys = scopes.visible(person, ApiKey.objects.filter(revoked_at__isnull=True))
    rows = keys.select_related("application", "clearance").order_by("application__name", "name")[:MAX_KEYS]
    return [
        (key.prefix, f"{key.application.name}: {key.name} (cleared for {key.clearance.name})")
        for key in rows
        if SCOPE in key.scopes
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the answers, with what the register says of it; `row` is None where that says nothing yet."""

    sent: Sent
    row: Request | None
    attempts: tuple[dict[str, str], ...]
    cost: str
    took: str
    remarks: tuple[str, ...] = ()  # what came of its knobs


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    request.current_app = site.name
    context: dict[str, Any] = {**site.each_context(request), "title": "Playground"}
    published = live_release()
    if published is not None:
        release = compile_release(published.number, published.digest, published.document)
        given = request.POST if request.method == "POST" else None
        form = PlaygroundForm(release, request.user, given)
        context |= {"release": release, "form": form}
        if form.is_bound and form.is_valid():
            context["answers"] = _answers(request, form)
    return TemplateResponse(request, "admin/routing/playground.html", context)


def _answers(request: HttpRequest, form: PlaygroundForm) -> list[Shown]:
    """Sent by the process's own runtime, as what arrives over the API is."""
    process = runtime.get()
    consumer = playground.consumer_of(process, form.cleaned_data["key"])
    if consumer is None:
        form.add_error(
            "key", "This key can't be used for chat now: it is expired, or its application is off."
        )
        return []
    person = actor_of(request).get_username()
    sent = async_to_sync(playground.send)(process, consumer, form.wanted(), person)
    return [_shown(one) for one in sent]


def _shown(sent: Sent) -> Shown:
    row = Request.objects.filter(pk=sent.request_id).first()
    attempts = Attempt.objects.filter(request_id=sent.request_id).order_by("number")[:MAX_SHOWN]
    return Shown(
        sent,
        row,
        tuple(_attempt(attempt) for attempt in attempts),
        words.usd(row.cost_nano) if row and row.cost_nano is not None else "nothing",
        words.milliseconds(sent.took_ms),
        _remarks(row),
    )


def _remarks(row: Request | None) -> tuple[str, ...]:
    kept = json.loads(row.decision) if row and row.decision else {}
    return tuple(": ".join(knob_words.remark(each)) + "." for each in kept.get("remarks", ()))


def _attempt(attempt: Attempt) -> dict[str, str]:
    ok = attempt.outcome == Attempt.Outcome.OK
    return {
        "path": attempt.path,
        "deployment": attempt.deployment,
        "ok": "yes" if ok else "",
        "outcome": attempt.get_outcome_display() if ok else f"{attempt.outcome}: {attempt.error_kind}",
        "took": words.milliseconds(attempt.latency_ms),
        "cost": "nothing" if attempt.cost_nano is None else words.usd(attempt.cost_nano),
    }
