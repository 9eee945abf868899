"""The forms of the matrix page: one decision for many cells, and one row's decisions for other rows."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from registry.admin.fields import LinesField, Select
from registry.admin.matrix import CONDITIONS_HELP
from registry.admin.matrix_page_cells import SEPARATOR
from registry.models import DataClass, Decision, Deployment

MAX_EVIDENCE_LENGTH = 5000
MAX_CELLS_AT_ONCE = 500


class NamesField(forms.Field):
    """The values of the check boxes that are ticked in the table."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(value or ()))


class LongSelect(Select):
    """A select of hundreds of options, without a template for each of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = {str(each) for each in self.format_value(value)}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(given), options)


class CellForm(forms.Form):
    cell = NamesField(error_messages={"required": "Tick at least one cell."})
    decision = forms.ChoiceField(choices=Decision.choices, widget=Select())
    conditions = LinesField(required=False, help_text=CONDITIONS_HELP)
    evidence = LinesField(help_text="Why: a ticket, an assessment, a clause. It is kept with the decision.")
    valid_to = forms.DateTimeField(
        required=False,
        label="Valid until (UTC)",
        help_text="Empty: until it is changed.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "sb-input"}),
    )
    use_required_attribute = False

    def shown(self) -> list[BoundField]:
        """Those that stand below the table; the cells are ticked in it."""
        return [field for field in self if field.name != "cell"]

    def clean_cell(self) -> list[tuple[Deployment, DataClass]]:
        """Deployments and classes, as they were named."""
        named = [tuple(name.split(SEPARATOR)) for name in self.cleaned_data["cell"]]
        if len(named) > MAX_CELLS_AT_ONCE:
            raise forms.ValidationError(f"At most {MAX_CELLS_AT_ONCE} cells at once.")
        if any(len(pair) != 2 for pair in named):
            raise forms.ValidationError("That is no cell.")
        deployments = _named(Deployment, [pair[0] for pair in named])
        classes = _named(DataClass, [pair[1] for pair in named])
        return [(deployments[deployment], classes[data_class]) for deployment, data_class in named]

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


class CopyForm(forms.Form):
    """Of every class, also of those that a filter hides."""

    source = forms.ModelChoiceField(
        Deployment.objects.order_by("name"),
        to_field_name="name",
        label="Copy the decisions of",
        widget=LongSelect(),
    )
    row = NamesField(error_messages={"required": "Tick at least one deployment to copy to."})
    replace = forms.BooleanField(
        required=False, label="Replace what was decided there", help_text="Otherwise only gaps are filled."
    )
    use_required_attribute = False

    def shown(self) -> list[BoundField]:
        return [field for field in self if field.name != "row"]

    def clean_row(self) -> list[Deployment]:
        names = self.cleaned_data["row"]
        if len(names) * DataClass.objects.count() > MAX_CELLS_AT_ONCE:
            raise forms.ValidationError(f"At most {MAX_CELLS_AT_ONCE} cells at once: tick fewer deployments.")
        found = _named(Deployment, names)
        return [found[name] for name in names]


def _named(model: type[Any], names: Sequence[str]) -> dict[str, Any]:
    found = {row.name: row for row in model.objects.filter(name__in=set(names))}
    unknown = set(names) - set(found)
    if unknown:
        raise forms.ValidationError(f"There is no “{min(unknown)}” (any more).")
    return found
