"""Filters of the list of proposals: by the area that waits, and by who has to do with them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from registry import awaited
from registry.admin.actor import actor_of
from registry.models import Area, Proposal
from registry.services import emergencies

WHOSE = (("me", "Waiting for me"), ("mine", "Mine"), ("emergency", "Emergency changes to review"))


class WaitingAreaFilter(admin.SimpleListFilter):
    title = "area that waits"
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(area.value, area.label) for area in Area]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        if self.value() not in Area.values:
            return queryset
        return queryset.filter(pk__in=awaited.waiting_for_areas(frozenset({str(self.value())})).values("pk"))


class WhoseFilter(admin.SimpleListFilter):
    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return WHOSE

    def queryset(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        match self.value():
            case "me":
                return queryset.filter(pk__in=awaited.waiting_for(actor_of(request)).values("pk"))
            case "mine":
                return queryset.filter(pk__in=awaited.by(actor_of(request)).values("pk"))
            case "emergency":
                return queryset.filter(pk__in=emergencies.waiting().values("pk"))
        return queryset
