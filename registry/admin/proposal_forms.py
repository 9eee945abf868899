"""What people write on the page of a proposal."""

from typing import Any

from django import forms
from django.conf import settings

from registry.models import Proposal

MAX_REASON_LENGTH = 10_000
DURATIONS_S = ((3600, "1 hour"), (4 * 3600, "4 hours"), (8 * 3600, "8 hours"), (24 * 3600, "a day"))


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    """A date and a time, in UTC."""
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "class": "sb-input"}, format="%Y-%m-%dT%H:%M"
    )
    return forms.DateTimeField(widget=widget, **kwargs)


class DescribeForm(forms.Form):
    """Title and reason of a draft, and when it is to be applied once it is submitted."""

    title = forms.CharField(max_length=200)
    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Why this change: approvers read it, and the release keeps it.",
    )
    scheduled_for = moment_field(
        required=False, label="Apply at (UTC)", help_text="Empty: as soon as it is approved."
    )

    @classmethod
    def of(cls, proposal: Proposal) -> "DescribeForm":
        return cls(
            initial={
                "title": proposal.title,
                "reason": proposal.reason,
                "scheduled_for": proposal.scheduled_for,
            }
        )


class ReasonForm(forms.Form):
    """A verdict with its reason, or without."""

    reason = forms.CharField(required=False, max_length=MAX_REASON_LENGTH)
    apply = forms.BooleanField(required=False)
    keep = forms.BooleanField(required=False)


class BreakGlassForm(forms.Form):
    reason = forms.CharField(
        max_length=MAX_REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What the emergency is",
        error_messages={"required": "Give a reason: it is kept with the record."},
    )
    for_s = forms.TypedChoiceField(
        coerce=int, label="Undo it after, unless it is reviewed", choices=(), initial=4 * 3600
    )
    sure = forms.BooleanField(
        label="I know that this takes effect now, before anybody reviewed it, that everyone is told, and "
        "that it must be reviewed within a day.",
        error_messages={"required": "Tick the box: it takes effect now, before anybody reviewed it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [choice for choice in DURATIONS_S if choice[0] <= settings.BREAK_GLASS_MAX_S]
        most = settings.BREAK_GLASS_MAX_S
        field = self.fields["for_s"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = allowed or [(most, f"{most} seconds")]


def problems_of(form: forms.Form) -> str:
    """Everything that is wrong with a form, in one line."""
    return " ".join(str(problem) for problems in form.errors.values() for problem in problems)
