from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from audit.modeladmin import TabularInline
from registry.admin.bases import GovernedAdmin, LinkingAdmin, NameOnce, ViewInline
from registry.admin.fields import ChoiceListField
from registry.models import Capability, Deployment, Model, ModelVersion


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
        )


class VersionInline(TabularInline):
    model = ModelVersion
    fields = ("name", "upstream_id", "lifecycle", "released_on", "retires_on")
    show_change_link = True


@admin.register(Model)
class ModelAdmin(NameOnce, GovernedAdmin):
    form = ModelForm
    list_display = ("name", "family", "tier", "context_window_tokens", "capability_names", "version_count")
    list_filter = ("family", "tier")
    search_fields = ("name", "family")
    inlines = (VersionInline,)
    fieldsets = (
        (None, {"fields": ("name", "family", "tier", "description")}),
        ("What it can do", {"fields": ("capabilities",)}),
        ("Bounds", {"fields": ("context_window_tokens", "max_output_tokens", "image_tokens_bound")}),
    )

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
    fields = ("name", "provider", "region", "queue", "enabled")


@admin.register(ModelVersion)
class ModelVersionAdmin(LinkingAdmin):
    list_display = ("__str__", "upstream_id", "lifecycle", "released_on", "retires_on")
    list_filter = ("lifecycle", "model__family", "model")
    search_fields = ("model__name", "name", "upstream_id")
    list_select_related = ("model",)
    autocomplete_fields = ("model",)
    inlines = (DeploymentInline,)
