from django import forms
from django.contrib import admin

from registry.admin.bases import LinkingAdmin
from registry.admin.certifications import CertificationInline
from registry.admin.fields import WordsField
from registry.admin.suspensions import SuspendableAdmin
from registry.models import Provider


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    jurisdictions = WordsField(
        capitals=True,
        help_text=(
            "Every country whose law the entity is under, also through who owns it: two letters each, with "
            "commas between. Empty is unknown, and meets no requirement."
        ),
    )

    class Meta:
        model = Provider
        fields = ("jurisdictions",)  # the rest of the table is named by the fieldsets


@admin.register(Provider)
class ProviderAdmin(SuspendableAdmin, LinkingAdmin):
    form = ProviderForm
    list_display = ("name", "legal_entity", "jurisdiction_codes", "trains_on_data", "retention_days")
    list_filter = ("trains_on_data",)
    search_fields = ("name", "legal_entity")
    inlines = (CertificationInline,)
    fieldsets = (
        (None, {"fields": ("name", "legal_entity", "jurisdictions")}),
        ("What it does with our data", {"fields": ("trains_on_data", "retention_days", "policy_url")}),
        (None, {"fields": ("notes",)}),
    )

    @admin.display(description="jurisdictions")
    def jurisdiction_codes(self, provider: Provider) -> str:
        return ", ".join(provider.jurisdictions) or "unknown"
