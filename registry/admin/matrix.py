from django import forms
from django.contrib import admin
from django.http import HttpRequest

from registry.admin.bases import GovernedAdmin
from registry.admin.fields import LinesField
from registry.models import MatrixCell

CONDITIONS_HELP = (
    "One on each line. Of the request: no_tools, no_images, no_stream, max_input_tokens:4000, "
    "application:invoices, team:payments. Of the deployment: country:de/fr (or eu, eea), jurisdiction:ie, "
    "zero_retention, no_training, certification:soc2 (or scc/dpf, where one is enough). All must hold; of "
    "several applications, teams, countries or jurisdictions, one."
)


class MatrixCellForm(forms.ModelForm):  # type: ignore[type-arg]
    conditions = LinesField(required=False, help_text=CONDITIONS_HELP)

    class Meta:
        model = MatrixCell
        fields = ("deployment", "data_class", "decision", "conditions", "evidence", "valid_from", "valid_to")


@admin.register(MatrixCell)
class MatrixCellAdmin(GovernedAdmin):
    form = MatrixCellForm
    fields = MatrixCellForm.Meta.fields
    list_display = ("deployment", "data_class", "decision", "valid_from", "valid_to", "evidence")
    list_filter = ("decision", "data_class", "deployment__provider", "deployment__version__model")
    search_fields = ("deployment__name", "evidence")
    list_select_related = ("deployment", "data_class")
    autocomplete_fields = ("deployment",)

    def get_readonly_fields(self, request: HttpRequest, obj: MatrixCell | None = None) -> tuple[str, ...]:
        return ("deployment", "data_class") if obj else ()
