"""The base of every admin class: django-unfold's, or Django's plain one (SIGNALBOX_PLAIN_ADMIN)."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin import ModelAdmin as _ModelAdmin
    from django.contrib.admin import StackedInline as _StackedInline
    from django.contrib.admin import TabularInline as _TabularInline
else:
    from unfold.admin import ModelAdmin as _ModelAdmin
    from unfold.admin import StackedInline as _StackedInline
    from unfold.admin import TabularInline as _TabularInline

M = TypeVar("M", bound=Model)


class ModelAdmin(_ModelAdmin[M] if TYPE_CHECKING else _ModelAdmin):  # type: ignore[misc]
    """Lists are never counted twice, and what is shown is bounded."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    list_filter_submit = True
    compressed_fields = True


class HistoryAdmin(SimpleHistoryAdmin, ModelAdmin):
    """For configuration models: each has its versioned history, with the actor kept as text."""

    history_list_display = ["actor"]

    def actor(self, record: Any) -> str:
        """Whoever changed it, by the name they had: the user may be gone."""
        return record.history_actor or "the system"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj._history_user = request.user
        super().save_model(request, obj, form, change)  # type: ignore[no-untyped-call]


class TabularInline(_TabularInline):  # type: ignore[type-arg]
    extra = 0


class StackedInline(_StackedInline):  # type: ignore[type-arg]
    extra = 0


class ReadOnlyAdmin(ModelAdmin):
    """For rows that nobody may add, change or delete, not even a superuser."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


__all__ = ["HistoryAdmin", "ModelAdmin", "ReadOnlyAdmin", "StackedInline", "TabularInline", "admin"]
