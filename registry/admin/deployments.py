from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from audit.selectors.feedback import opinion_of
from registry.admin.bases import GovernedAdmin, ViewInline
from registry.admin.certifications import CertificationInline
from registry.admin.fields import ChoiceListField
from registry.admin.panels import row_panel
from registry.admin.suspensions import SuspendableAdmin
from registry.dialects import preset_of, presets, quirk_choices
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


def preset_links() -> SafeString:
    """The known endpoints, each a link to this very page with its fields filled in."""
    links = format_html_join(
        " · ",
        '<a href="?preset={}" title="{}" class="sb-link">{}</a>',
        ((preset.name, preset.note, preset.title) for preset in presets()),
    )
    return format_html("Begin with a known endpoint: {}", links)


class PriceInline(ViewInline):
    model = Price
    fields = ("valid_from", "valid_to", "input_usd_per_mtok", "output_usd_per_mtok", "request_usd")


class CellInline(ViewInline):
    model = MatrixCell
    fields = ("data_class", "decision", "valid_from", "valid_to", "evidence")


@admin.register(Deployment)
class DeploymentAdmin(SuspendableAdmin, GovernedAdmin):
    form = DeploymentForm
    list_display = ("name", "version", "provider", "region", "queue", "state", "enabled", "weight")
    readonly_fields = ("state", "health", "feedback")
    list_filter = (
        "enabled",
        "region",
        "provider",
        "version__lifecycle",
        "lifecycle",
        "version__model",
        "dialect",
    )
    search_fields = ("name", "version__model__name", "version__upstream_id", "provider__name")
    list_select_related = ("version__model", "provider")
    autocomplete_fields = ("version", "provider", "credential")
    inlines = (CellInline, PriceInline, CertificationInline)
    fieldsets = (
        (None, {"fields": ("name", "version", "provider", "enabled")}),
        (
            "Lifecycle in this place",
            {
                "fields": ("state", "lifecycle", "retires_on"),
                "description": "Where this provider, in this region, is not as far as the version is.",
            },
        ),
        ("How it does", {"fields": ("health",)}),
        (
            "Endpoint",
            {
                "fields": (
                    "base_url",
                    "dialect",
                    "quirks",
                    "credential",
                    "region",
                    "country",
                    "queue",
                    "timeout_s",
                )
            },
        ),
        (
            "Limits",
            {
                "fields": ("weight", "concurrency_limit", "requests_per_min_limit", "tokens_per_min_limit"),
                "description": "Shared by all workers. Empty is unlimited.",
            },
        ),
        ("Facts", {"fields": ("capabilities", "feedback")}),
    )

    @admin.display(description="health")
    def health(self, deployment: Deployment) -> SafeString | str:
        return row_panel(deployment) or "-"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        preset = preset_of(initial.pop("preset", ""))
        if preset is None:
            return initial
        known = {"base_url": preset.base_url, "dialect": preset.dialect, "quirks": list(preset.quirks)}
        return {**known, **initial}

    def get_fieldsets(self, request: HttpRequest, obj: Deployment | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        return [
            (title, {**options, "description": preset_links()} if title == "Endpoint" else options)
            for title, options in fieldsets
        ]

    class Media:
        css = {"all": ["registry/console.css"]}

    @admin.display(description="lifecycle", ordering="version__lifecycle")
    def state(self, deployment: Deployment) -> str:
        """What counts, and where the version is where that is another."""
        if deployment.version_id is None:
            return "-"
        counts, of_version = deployment.effective_lifecycle, deployment.version.lifecycle
        return counts.label if counts == of_version else f"{counts.label} here ({of_version} elsewhere)"

    @admin.display(description="feedback")
    def feedback(self, deployment: Deployment) -> str:
        """What applications said of the answers that it gave."""
        return "-" if deployment._state.adding else str(opinion_of(deployment=deployment.name))
