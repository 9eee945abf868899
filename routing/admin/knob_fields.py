"""A request's knobs as fields of a form, read as its headers are."""

from typing import Any

from django import forms

from routing.api.errors import ApiError
from routing.api.knob_wire import KNOBS, MAX_LATENCY_MS
from routing.api.knobs import HEADERS, METAS, read_knobs
from routing.core.knobs import MAX_DIAL, NO_KNOBS, Knobs

NAMES = {header: name for name, header in HEADERS.items()}


class KnobFields(forms.Form):
    max_cost_usd = forms.CharField(
        label="Cost, at most (USD)", max_length=40, required=False, help_text="At worst, of all its calls."
    )
    max_latency_ms = forms.IntegerField(
        label="Latency, at most (ms)", required=False, min_value=1, max_value=MAX_LATENCY_MS
    )
    models = forms.CharField(
        label="Only these models", max_length=1_000, required=False, help_text="With commas between."
    )
    dial = forms.IntegerField(
        label="Dial",
        required=False,
        min_value=0,
        max_value=MAX_DIAL,
        help_text="From 0, the cheapest that is certified, to 10, the best quality.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = {METAS[name]: str(given[name]) for name in KNOBS if given.get(name) not in (None, "")}
        self.knobs = NO_KNOBS
        try:
            self.knobs = read_knobs(said, {})
        except ApiError as error:
            self.add_error(NAMES[error.param or ""], error.message)
        return given

    knobs: Knobs = NO_KNOBS
