from django import forms
from django.contrib import admin

from registry.admin.bases import GovernedAdmin, NameOnce
from registry.admin.fields import WordsField
from registry.models import CertificationKind, DataClass, DataKind

PLACES_HELP = "With commas between: two letters for a country, or EU or EEA. Empty: no limit."


class DataClassForm(forms.ModelForm):  # type: ignore[type-arg]
    kinds = WordsField(
        help_text=f"With commas between: {', '.join(DataKind.values)}, or a name of your own.",
    )
    allowed_countries = WordsField(
        capitals=True, help_text=f"Where a deployment must run. {PLACES_HELP}", label="Countries"
    )
    allowed_jurisdictions = WordsField(
        capitals=True,
        help_text=f"The only laws its provider may be under. {PLACES_HELP}",
        label="Jurisdictions",
    )
    required_certifications = WordsField(
        label="Certifications and agreements",
        help_text=(
            f"All of them, with commas between: {', '.join(CertificationKind.values)}, or a name of your "
            "own. Where one of several is enough: scc/adequacy/dpf."
        ),
    )

    class Meta:
        model = DataClass
        fields = (
            "name",
            "rank",
            "description",
            "kinds",
            "store_content",
            "allowed_countries",
            "allowed_jurisdictions",
            "requires_zero_retention",
            "requires_no_training",
            "required_certifications",
        )


@admin.register(DataClass)
class DataClassAdmin(NameOnce, GovernedAdmin):
    form = DataClassForm
    list_display = ("name", "rank", "kind_names", "requirement_names", "store_content", "description")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "rank", "description", "kinds", "store_content")}),
        (
            "What it requires",
            {
                "fields": (
                    "allowed_countries",
                    "allowed_jurisdictions",
                    "requires_zero_retention",
                    "requires_no_training",
                    "required_certifications",
                ),
                "description": "Of every deployment that gets it, whatever its cell of the matrix says.",
            },
        ),
    )

    @admin.display(description="kinds")
    def kind_names(self, data_class: DataClass) -> str:
        return ", ".join(data_class.kinds) or "none"

    @admin.display(description="requires")
    def requirement_names(self, data_class: DataClass) -> str:
        return data_class.requirements_in_words or "nothing"
