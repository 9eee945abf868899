"""The quick form of the matrix page: one decision for one cell."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

from registry.admin.fields import LinesField
from registry.admin.matrix import CONDITIONS_HELP
from registry.models import DataClass, Decision, Deployment

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select

MAX_EVIDENCE_LENGTH = 5000


class CellForm(forms.Form):
    deployment = forms.ModelChoiceField(Deployment.objects.all(), to_field_name="name", widget=Select())
    data_class = forms.ModelChoiceField(DataClass.objects.all(), to_field_name="name", widget=Select())
    decision = forms.ChoiceField(choices=Decision.choices, widget=Select())
    conditions = LinesField(required=False, help_text=CONDITIONS_HELP)
    evidence = LinesField(help_text="Why: a ticket, an assessment, a clause. It is kept with the decision.")
    valid_to = forms.DateTimeField(
        required=False,
        label="Valid until (UTC)",
        help_text="Empty: until it is changed.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "sb-input"}),
    )

    def clean_evidence(self) -> str:
        evidence = "\n".join(self.cleaned_data["evidence"])
        if len(evidence) > MAX_EVIDENCE_LENGTH:
            raise forms.ValidationError(f"At most {MAX_EVIDENCE_LENGTH} characters.")
        return evidence

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == Decision.CONDITIONAL and not cleaned.get("conditions"):
            self.add_error("conditions", "A conditional decision names its conditions.")
        return cleaned

    def cell_id(self) -> str:
        return f"{self.cleaned_data['deployment'].pk}-{self.cleaned_data['data_class'].pk}"
