from django.contrib import admin

from registry.admin.bases import LinkingAdmin
from registry.admin.suspensions import SuspendableAdmin
from registry.models import Provider


@admin.register(Provider)
class ProviderAdmin(SuspendableAdmin, LinkingAdmin):
    list_display = ("name", "legal_entity", "jurisdiction", "trains_on_data", "retention_days")
    list_filter = ("jurisdiction", "trains_on_data")
    search_fields = ("name", "legal_entity")
    fieldsets = (
        (None, {"fields": ("name", "legal_entity", "jurisdiction")}),
        (
            "What it does with our data",
            {"fields": ("trains_on_data", "retention_days", "processing_agreement", "policy_url")},
        ),
        (None, {"fields": ("notes",)}),
    )
