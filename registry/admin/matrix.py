from django import forms
from django.contrib import admin
from django.http import HttpRequest

from registry.admin.bases import GovernedAdmin, NameOnce
from registry.admin.fields import ChoiceListField, LinesField
from registry.models import DataClass, DataKind, MatrixCell

CONDITIONS_HELP = (
    "One on each line: no_tools, no_images, no_stream, max_input_tokens:4000, application:invoices, "
    "team:payments. All must hold; of several applications or teams, one."
)


class DataClassForm(forms.ModelForm):  # type: ignore[type-arg]
    kinds = ChoiceListField(choices=DataKind.choices, required=False)

    class Meta:
        model = DataClass
        fields = ("name", "rank", "description", "kinds", "store_content")


@admin.register(DataClass)
class DataClassAdmin(NameOnce, GovernedAdmin):
    form = DataClassForm
    list_display = ("name", "rank", "kind_names", "store_content", "description")
    search_fields = ("name",)

    @admin.display(description="kinds")
    def kind_names(self, data_class: DataClass) -> str:
        return ", ".join(data_class.kinds) or "none"


class MatrixCellForm(forms.ModelForm):  # type: ignore[type-arg]
    conditions = LinesField(required=False, help_text=CONDITIONS_HELP)

    class Meta:
        model = MatrixCell
        fields = ("deployment", "data_class", "decision", "conditions", "evidence", "valid_from", "valid_to")


@admin.register(MatrixCell)
class MatrixCellAdmin(GovernedAdmin):
    form = MatrixCellForm
    list_display = ("deployment", "data_class", "decision", "valid_from", "valid_to", "evidence")
    list_filter = ("decision", "data_class", "deployment__provider", "deployment__version__model")
    search_fields = ("deployment__name", "evidence")
    list_select_related = ("deployment", "data_class")
    autocomplete_fields = ("deployment",)

    def get_readonly_fields(self, request: HttpRequest, obj: MatrixCell | None = None) -> tuple[str, ...]:
        return ("deployment", "data_class") if obj else ()
