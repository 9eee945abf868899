"""How rules are edited: conditions one a line, the route in its editor; JSON underneath."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

from registry.admin.fields import ChoiceListField
from registry.models import Application
from routing.admin.route_field import MONOSPACE, RouteField
from routing.core.bands import TIERS
from routing.core.conditions import OPS_BY_FACT
from routing.core.notation import (
    NotationProblem,
    parse_bands,
    parse_conditions,
    render_bands,
    render_conditions,
)
from routing.models import Policy, Rule
from routing.naming import unknown_names

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.widgets import AdminIntegerFieldWidget as NumberInput
    from django.contrib.admin.widgets import AdminTextareaWidget as Textarea
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

MAX_APPLICATION_CHOICES = 1_000
MAX_NAMED = 10

CONDITIONS_HELP = (
    "One on each line; all must hold. Empty: always. For example: task in extract, classify · "
    "data_class at_most internal · input_tokens at_most 8000. Facts: " + ", ".join(sorted(OPS_BY_FACT)) + "."
)
ROUTE_HELP = (
    "As text: “model NAME” (and region, version, deployment or places); further lines are tried in order; "
    "“balance by weight”, “cascade”, “ensemble” and others hold the lines below them; “refuse” refuses."
)
BANDS_HELP = (
    "One on each line, in percent of its answers by the tier of the model that gave them: “small 50 to 80”. "
    f"Tiers: {', '.join(TIERS)}. Shown beside what it is; nothing is decided by it."
)


class NotationField(forms.CharField):
    """A text area whose text is read and written by a notation; its value is what a release would hold."""

    def __init__(
        self, *, read: Callable[[str], Any], write: Callable[[Any], str], rows: int, **kwargs: Any
    ) -> None:
        attrs = {"rows": rows, "spellcheck": "false", "style": MONOSPACE}
        super().__init__(widget=Textarea(attrs=attrs), strip=False, **kwargs)
        self._read = read
        self._write = write

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else self._write(value)

    def clean(self, value: Any) -> Any:
        try:
            return self._read((value or "").replace("\r\n", "\n"))
        except NotationProblem as problem:
            raise forms.ValidationError(str(problem)) from problem

    def has_changed(self, initial: Any, data: Any) -> bool:
        written = (data or "").replace("\r\n", "\n").strip()
        return bool(written != self.prepare_value(initial).strip())


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    position = forms.IntegerField(
        required=False,
        min_value=0,
        widget=NumberInput(),
        help_text="Rules are asked in this order. Empty: last.",
    )
    conditions = NotationField(
        read=parse_conditions,
        write=lambda value: render_conditions(value or ()),
        rows=4,
        required=False,
        help_text=CONDITIONS_HELP,
    )
    route = RouteField(help_text=ROUTE_HELP)

    class Meta:
        model = Rule
        fields = ("position", "name", "conditions", "route")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial.update({"position": None, "route": ""})

    def clean_conditions(self) -> Any:
        conditions = self.cleaned_data["conditions"]
        _refuse_unknown(unknown_names(conditions, None))
        return conditions


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    tier_bands = NotationField(
        read=parse_bands,
        write=render_bands,
        rows=3,
        required=False,
        label="Share of each tier",
        help_text=BANDS_HELP,
    )
    description = forms.CharField(required=False, widget=Textarea(attrs={"rows": 2}))
    applications = ChoiceListField(
        required=False, help_text="Who may ask for it by name. None chosen: every application."
    )

    class Meta:
        model = Policy
        fields = (
            "name",
            "description",
            "enabled",
            "deadline_s",
            "latency_budget_ms",
            "max_attempts_per_call",
            "unsupported",
            "truncation",
            "cache",
            "cache_ttl_s",
            "cache_sampled",
            "cache_per_end_user",
            "cache_similarity_milli",
            "cache_joins",
            "fallback_band_percent",
            "tier_bands",
            "applications",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "applications" in self.fields:
            named = list(Application.objects.values_list("name", flat=True)[:MAX_APPLICATION_CHOICES])
            kept = [name for name in self.instance.applications if name not in named]
            field = self.fields["applications"]
            assert isinstance(field, ChoiceListField)
            field.choices = [*((name, name) for name in named), *((name, f"{name} (gone)") for name in kept)]

    def clean_enabled(self) -> bool:
        enabled: bool = self.cleaned_data["enabled"]
        if self.instance.is_default and not enabled:
            raise forms.ValidationError(
                "This is the default policy; make another one the default before you turn it off."
            )
        return enabled


def _refuse_unknown(problems: list[str]) -> None:
    if problems:
        raise forms.ValidationError(problems[:MAX_NAMED])
