from django import forms
from django.contrib import admin

from registry.admin.bases import GovernedAdmin, ViewInline
from registry.admin.fields import ChoiceListField
from registry.dialects import quirk_choices
from registry.models import Capability, Deployment, MatrixCell, Price


class DeploymentForm(forms.ModelForm):  # type: ignore[type-arg]
    capabilities = ChoiceListField(
        label="Capabilities here",
        choices=Capability.choices,
        required=False,
        nullable=True,
        help_text="Only where they differ from the model's; none chosen means the model's.",
    )
    quirks = ChoiceListField(
        choices=quirk_choices,
        required=False,
        help_text="How this endpoint departs from its dialect (named in brackets). Most need none.",
    )

    class Meta:
        model = Deployment
        fields = "__all__"  # noqa: DJ007  (every field of this table is for the form)


class PriceInline(ViewInline):
    model = Price
    fields = ("valid_from", "valid_to", "input_usd_per_mtok", "output_usd_per_mtok", "request_usd")


class CellInline(ViewInline):
    model = MatrixCell
    fields = ("data_class", "decision", "valid_from", "valid_to", "evidence")


@admin.register(Deployment)
class DeploymentAdmin(GovernedAdmin):
    form = DeploymentForm
    list_display = ("name", "version", "provider", "region", "queue", "lifecycle", "enabled", "weight")
    list_filter = ("enabled", "region", "provider", "version__lifecycle", "version__model", "dialect")
    search_fields = ("name", "version__model__name", "version__upstream_id", "provider__name")
    list_select_related = ("version__model", "provider")
    autocomplete_fields = ("version", "provider", "credential")
    inlines = (CellInline, PriceInline)
    fieldsets = (
        (None, {"fields": ("name", "version", "provider", "enabled")}),
        (
            "Endpoint",
            {"fields": ("base_url", "dialect", "quirks", "credential", "region", "queue", "timeout_s")},
        ),
        (
            "Limits",
            {
                "fields": ("weight", "concurrency_limit", "requests_per_min_limit", "tokens_per_min_limit"),
                "description": "Shared by all workers. Empty is unlimited.",
            },
        ),
        ("Facts", {"fields": ("capabilities", "certifications")}),
    )

    @admin.display(description="lifecycle", ordering="version__lifecycle")
    def lifecycle(self, deployment: Deployment) -> str:
        return deployment.version.get_lifecycle_display()
