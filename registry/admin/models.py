from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet, URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from audit.modeladmin import StackedInline, TabularInline
from audit.selectors.feedback import opinion_of
from registry.admin.bases import GovernedAdmin, LinkingAdmin, NameOnce, ViewInline
from registry.admin.fields import ChoiceListField
from registry.admin.panels import row_panel
from registry.admin.suspensions import SuspendableAdmin
from registry.core.pinning import moves
from registry.models import (
    Capability,
    ChecklistItem,
    Deployment,
    Drift,
    Drill,
    Model,
    ModelVersion,
    RollbackPlan,
)

MAX_DRIFTS = 20


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    capabilities = ChoiceListField(choices=Capability.choices, required=False)

    class Meta:
        model = Model
        fields = (
            "name",
            "family",
            "tier",
            "description",
            "capabilities",
            "context_window_tokens",
            "max_output_tokens",
            "image_tokens_bound",
            "owner",
            "intended_uses",
            "prohibited_uses",
            "limitations",
            "risk_rating",
            "risk_reason",
        )


class VersionInline(TabularInline):
    model = ModelVersion
    fields = ("name", "upstream_id", "lifecycle", "released_on", "retires_on")
    show_change_link = True


@admin.register(Model)
class ModelAdmin(SuspendableAdmin, NameOnce, GovernedAdmin):
    form = ModelForm
    list_display = ("name", "family", "tier", "context_window_tokens", "capability_names", "version_count")
    list_filter = ("family", "tier")
    search_fields = ("name", "family")
    inlines = (VersionInline,)
    fieldsets = (
        (None, {"fields": ("name", "family", "tier", "description")}),
        ("What it can do", {"fields": ("capabilities",)}),
        (
            "Card",
            {
                "fields": (
                    "owner",
                    "intended_uses",
                    "prohibited_uses",
                    "limitations",
                    "risk_rating",
                    "risk_reason",
                ),
                "description": "What the model cards of its versions say.",
            },
        ),
        ("Bounds", {"fields": ("context_window_tokens", "max_output_tokens", "image_tokens_bound")}),
        ("How its deployments do", {"fields": ("health",)}),
    )
    readonly_fields = ("health",)

    @admin.display(description="health")
    def health(self, model: Model) -> SafeString | str:
        return row_panel(model) or "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        queryset: QuerySet[Model] = super().get_queryset(request)
        return queryset.annotate(version_total=Count("versions"))

    @admin.display(description="versions", ordering="version_total")
    def version_count(self, model: Model) -> int:
        return int(getattr(model, "version_total", 0))

    @admin.display(description="capabilities")
    def capability_names(self, model: Model) -> str:
        return ", ".join(model.capabilities) or "none"


class DeploymentInline(ViewInline):
    model = Deployment
    fields = ("name", "provider", "region", "queue", "enabled", "state", "ends")
    readonly_fields = ("state", "ends")

    @admin.display(description="lifecycle there")
    def state(self, deployment: Deployment) -> str:
        return deployment.effective_lifecycle.label

    @admin.display(description="turned off on")
    def ends(self, deployment: Deployment) -> str:
        return str(deployment.ends_on or "-")


class ChecklistInline(StackedInline):
    model = ChecklistItem
    fields = (("slot", "checked_by"), ("checked_on", "expires_on"), "finding", ("link", "sha256"))
    extra = 0
    verbose_name_plural = "checklist"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs.setdefault("assume_scheme", "https")
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class RollbackInline(TabularInline):
    model = RollbackPlan
    fk_name = "version"
    fields = ("returns_to", "notes")
    autocomplete_fields = ("returns_to",)
    max_num = 1


@admin.register(ModelVersion)
class ModelVersionAdmin(SuspendableAdmin, LinkingAdmin):
    list_display = ("__str__", "upstream_id", "pinning", "lifecycle", "released_on", "retires_on")
    readonly_fields = ("pinning", "drift", "card", "drill", "feedback")
    list_filter = ("lifecycle", "model__family", "model")
    search_fields = ("model__name", "name", "upstream_id")
    list_select_related = ("model",)
    autocomplete_fields = ("model",)
    inlines = (ChecklistInline, RollbackInline, DeploymentInline)

    @admin.display(description="pinned")
    def pinning(self, version: ModelVersion) -> str | SafeString:
        """The warning on the face of an id that the provider may move."""
        moving = moves(version.upstream_id) if version.upstream_id else ""
        if not moving:
            return "yes" if version.upstream_id else "-"
        return format_html('<strong class="sb-warned" title="{}">no: {}</strong>', moving, moving)

    @admin.display(description="model card here")
    def card(self, version: ModelVersion) -> str | SafeString:
        if version._state.adding:
            return "-"
        page = reverse("admin:registry_modelversion_card", args=[version.pk])
        return format_html('<a class="sb-link" href="{}">Show the model card</a>', page)

    @admin.display(description="rollback drill")
    def drill(self, version: ModelVersion) -> str | SafeString:
        """What came of the last one, and the way to another."""
        if version._state.adding:
            return "-"
        last = Drill.objects.filter(version_id=version.pk).first()
        told = f"{'passed' if last.passed else 'failed'} on {last.held_at:%Y-%m-%d}" if last else "none yet"
        page = reverse("admin:registry_modelversion_drill", args=[version.pk])
        return format_html('{}. <a class="sb-link" href="{}">Try the rollback…</a>', told, page)

    @admin.display(description="feedback")
    def feedback(self, version: ModelVersion) -> str:
        """What applications said of its answers."""
        if version._state.adding:
            return "-"
        return str(opinion_of(model=version.model.name, model_version=version.name))

    @admin.display(description="drift")
    def drift(self, version: ModelVersion) -> str | SafeString:
        """What providers reported of it instead of what is pinned."""
        if version._state.adding:
            return "-"
        told = Drift.objects.filter(model=version.model.name, model_version=version.name)[:MAX_DRIFTS]
        lines = ((row.deployment, row.reported, row.fingerprint, f"{row.seen_at:%Y-%m-%d}") for row in told)
        return format_html_join(mark_safe("<br>"), "{}: {} {} since {}", lines) or "none was seen"
