"""Bases of the registry's admin classes, beside those of audit.modeladmin."""

from typing import Any

from django.db.models import QuerySet, URLField
from django.http import HttpRequest

from audit.modeladmin import HistoryAdmin, TabularInline
from registry.services import directory


class LinkingAdmin(HistoryAdmin):
    """For models with links: one typed without a scheme is taken for https."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs.setdefault("assume_scheme", "https")
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class NameOnceAdmin(HistoryAdmin):
    """For rows whose name is given once: see registry.models.base.Named."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = super().get_readonly_fields(request, obj)
        return (*given, "name") if obj else given


class LiveAdmin(HistoryAdmin):
    """For teams, applications and keys: every change reaches every process within a second."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        directory.bump()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        directory.bump()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        directory.bump()


class ViewInline(TabularInline):
    """Shown beside its parent, edited on its own page."""

    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
