from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.modeladmin import HistoryAdmin
from registry.admin.actor import actor_of
from registry.models import TeamMembership
from registry.services import memberships


@admin.register(TeamMembership)
class TeamMembershipAdmin(HistoryAdmin):
    """Who may reach a team's rows. Taken away by deleting the row; its history stays."""

    empty_text = "Whoever is a member of a team sees and administers what is that team's alone."
    list_display = ("user", "team", "role")
    list_filter = ("role", "team")
    search_fields = ("user__username", "team__name")
    list_select_related = ("user", "team")
    autocomplete_fields = ("user", "team")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: TeamMembership | None = None) -> Any:
        given = super().get_readonly_fields(request, obj)
        return (*given, "user", "team") if obj else given

    def save_model(self, request: HttpRequest, obj: TeamMembership, form: Any, change: bool) -> None:
        memberships.save(actor=actor_of(request), membership=obj)

    def delete_model(self, request: HttpRequest, obj: TeamMembership) -> None:
        memberships.remove(actor=actor_of(request), membership=obj)
