from django.contrib import admin

from registry.admin.bases import LiveAdmin, NameOnce, ViewInline
from registry.admin.suspensions import SuspendableAdmin
from registry.models import ApiKey, Application, Team


class ApplicationInline(ViewInline):
    model = Application
    fields = ("name", "is_active", "purpose")


class ApiKeyInline(ViewInline):
    model = ApiKey
    fields = ("name", "prefix", "clearance", "expires_at", "revoked_at")
    readonly_fields = ("prefix", "revoked_at")


@admin.register(Team)
class TeamAdmin(SuspendableAdmin, NameOnce, LiveAdmin):
    list_display = ("name", "is_active", "owner_email", "cost_centre")
    list_filter = ("is_active",)
    fields = ("name", "is_active", "owner_email", "cost_centre")
    search_fields = ("name", "cost_centre")
    inlines = (ApplicationInline,)


@admin.register(Application)
class ApplicationAdmin(SuspendableAdmin, NameOnce, LiveAdmin):
    list_display = ("name", "team", "is_active", "purpose")
    list_filter = ("is_active", "team")
    fields = ("name", "team", "is_active", "purpose")
    search_fields = ("name", "team__name")
    list_select_related = ("team",)
    autocomplete_fields = ("team",)
    inlines = (ApiKeyInline,)
