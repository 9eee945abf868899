"""The simulator: what the live release would decide for a request that somebody imagines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from audit.core.ids import uuid7
from audit.selectors import knob_words
from registry.models import Application, Capability
from routing import runtime
from routing.admin.knob_fields import KnobFields
from routing.api.knob_wire import KNOBS
from routing.api.refusals import error_of
from routing.core import keywords, tokens
from routing.core.decide import calls, decide
from routing.core.decision import Decision, Plan
from routing.core.facts import Facts, Health, Live
from routing.core.knobs import remark_value
from routing.core.release import Release
from routing.core.residency import MAX_RESIDENCY_CHARS, read_residency
from routing.core.scoring import scores_of
from routing.core.words import decision_in_words, plan_outline, verdict_in_words

NANO_PER_USD = 1_000_000_000
MAX_CHOICES = 1_000
MAX_TEXT_CHARS = 100_000
MAX_TOKENS = 100_000_000


class SimulationForm(KnobFields):
    application = forms.ChoiceField(required=False, help_text="Its team comes with it.")
    requested = forms.CharField(
        max_length=256,
        initial="auto",
        help_text="“auto”, a policy, or a model, as the application writes it.",
    )
    data_class = forms.ChoiceField(label="Data class")
    clearance = forms.ChoiceField(
        required=False, help_text="Of the key. Empty: as much as the data class needs."
    )
    task = forms.CharField(max_length=200, required=False)
    tags = forms.CharField(max_length=1_000, required=False, help_text="Separated by commas.")
    residency = forms.CharField(
        max_length=MAX_RESIDENCY_CHARS,
        required=False,
        help_text="Where it may go: “DE, FR”, “EU”, “region:eu”. Empty: wherever the matrix allows.",
    )
    text = forms.CharField(
        required=False,
        max_length=MAX_TEXT_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Keywords and tokens are counted in it. It is not kept.",
    )
    input_tokens = forms.IntegerField(
        required=False, min_value=0, max_value=MAX_TOKENS, help_text="Instead of counting them in the text."
    )
    max_output_tokens = forms.IntegerField(required=False, min_value=1, max_value=MAX_TOKENS)
    images = forms.IntegerField(required=False, min_value=0, max_value=1_000, initial=0)
    stream = forms.BooleanField(required=False)
    needs = forms.MultipleChoiceField(
        label="Capabilities that it needs",
        required=False,
        choices=Capability.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = (
        *("application", "requested", "data_class", "clearance", "task", "tags", "residency", "text"),
        *("input_tokens", "max_output_tokens", "images", "stream", *KNOBS, "needs"),
    )

    def __init__(self, release: Release, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ordered = sorted(release.data_classes.values(), key=lambda data_class: data_class.rank)
        classes = [(data_class.name, data_class.name) for data_class in ordered]
        self.teams = dict(Application.objects.values_list("name", "team__name")[:MAX_CHOICES])
        self._choices("application", [("", "none"), *((name, name) for name in self.teams)])
        self._choices("data_class", classes)
        self._choices("clearance", [("", "as needed"), *classes])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_residency(self) -> tuple[str, ...]:
        text = self.cleaned_data["residency"]
        try:
            return read_residency(text) if text else ()
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def facts(self, release: Release) -> Facts:
        """The facts of a valid form."""
        given = self.cleaned_data
        request = {"messages": [{"role": "user", "content": given["text"]}]}
        counts = tokens.estimate(request)
        counted, asked = counts.input_tokens, given["input_tokens"]
        return Facts(
            request_id=str(uuid7()),
            requested=given["requested"],
            team=self.teams.get(given["application"], ""),
            application=given["application"],
            api_key="",
            data_class=given["data_class"],
            declared_data_class=given["data_class"],
            clearance=given["clearance"] or given["data_class"],
            input_tokens=counted if asked is None else asked,
            input_tokens_bound=max(counts.input_tokens_bound, asked or 0),
            max_output_tokens=given["max_output_tokens"],
            images=given["images"] or 0,
            stream=given["stream"],
            task=given["task"],
            tags=tuple(sorted({tag.strip() for tag in given["tags"].split(",") if tag.strip()})),
            needs=tuple(sorted(given["needs"])),
            keywords=keywords.present(release.keywords, [given["text"]]),
            residency=given["residency"],
            scores=scores_of(release, given["requested"], request, given["task"]),
            knobs=self.knobs,
        )


@dataclass(frozen=True, slots=True)
class CandidateRow:
    deployment: str
    model: str
    provider: str
    region: str
    able: bool
    called: bool
    words: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """A decision as the page shows it."""

    words: str
    told: str  # what the caller of a refused request is told to do; empty for a plan
    planned: bool
    outline: list[Any]
    worst_case_usd: str
    queue: str
    keywords: tuple[str, ...]
    input_tokens: int
    scores: tuple[str, ...]
    remarks: tuple[str, ...]
    candidates: tuple[CandidateRow, ...]


def medians() -> dict[str, Health]:
    """Every deployment healthy, and as quick as it was measured; empty outside a process that serves."""
    try:
        known = runtime.get().surroundings.health
    except RuntimeError:
        return {}
    return {name: Health(latency_p50_ms=health.latency_p50_ms) for name, health in known.items()}


def simulate(release: Release, facts: Facts, live: Live) -> Simulation:
    decision = decide(release, facts, live)
    planned = isinstance(decision, Plan)
    return Simulation(
        words=decision_in_words(decision),
        told="" if isinstance(decision, Plan) else error_of(decision, facts).message,
        planned=planned,
        outline=plan_outline(decision) if isinstance(decision, Plan) else [],
        worst_case_usd=_usd(decision.worst_case_nano) if isinstance(decision, Plan) else "",
        queue=decision.queue if isinstance(decision, Plan) else "",
        keywords=facts.keywords,
        input_tokens=facts.input_tokens,
        scores=tuple(release.routers[score.router].in_words(score) for score in facts.scores),
        remarks=tuple(_remarks(decision)) if isinstance(decision, Plan) else (),
        candidates=tuple(_rows(release, decision)),
    )


def _remarks(plan: Plan) -> Iterator[str]:
    """What came of its knobs."""
    for remark in plan.remarks:
        knob, told = knob_words.remark(remark_value(remark))
        yield f"{knob}: {told}."


def _rows(release: Release, decision: Decision) -> list[CandidateRow]:
    called = {call.deployment for call in calls(decision.root)} if isinstance(decision, Plan) else set()
    rows = []
    for candidate in decision.candidates:
        deployment = release.deployments[candidate.deployment]
        rows.append(
            CandidateRow(
                deployment=deployment.name,
                model=f"{deployment.model} {deployment.version}",
                provider=deployment.provider,
                region=deployment.region,
                able=candidate.reason is None,
                called=deployment.name in called,
                words=verdict_in_words(candidate),
            )
        )
    return rows


def _usd(nano: int) -> str:
    return f"{nano // NANO_PER_USD}.{nano % NANO_PER_USD:09d}".rstrip("0").rstrip(".")
