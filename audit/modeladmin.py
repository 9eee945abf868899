"""The base of every admin class: django-unfold's, or Django's plain one (SIGNALBOX_PLAIN_ADMIN).

Every class is narrowed to what a person's teams reach (audit.scopes): its lists, rows, histories, searches
and choices, and what may be added, changed and deleted.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet, TextField
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from audit import scopes
from audit.differences import Words

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin import ModelAdmin as _ModelAdmin
    from django.contrib.admin import StackedInline as _StackedInline
    from django.contrib.admin import TabularInline as _TabularInline
else:
    from unfold.admin import ModelAdmin as _ModelAdmin
    from unfold.admin import StackedInline as _StackedInline
    from unfold.admin import TabularInline as _TabularInline

M = TypeVar("M", bound=Model)
TEXT_ROWS = 4


class ReachedFilter(RelatedFieldListFilter):
    """A filter by a related row that offers only rows within the person's reach."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        related: type[Model] = field.related_model
        rows = scopes.visible(request.user, related._default_manager.all())
        offered = {str(pk) for pk in rows.values_list("pk", flat=True)}
        choices = super().field_choices(field, request, model_admin)
        return [choice for choice in choices if str(choice[0]) in offered]


class ModelAdmin(_ModelAdmin[M] if TYPE_CHECKING else _ModelAdmin):  # type: ignore[misc]
    """Lists are never counted twice, and what is shown is bounded."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    list_filter_submit = True
    compressed_fields = True
    # What a list says while it holds nothing: how something comes into it.
    empty_text = "What is added is listed here."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return scopes.visible(request.user, super().get_queryset(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and (obj is None or scopes.sees(request.user, obj))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return super().has_add_permission(request, *args) and scopes.may_add(request.user, self.model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or scopes.may_change(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or scopes.may_change(request.user, obj))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A row can be given only to what the person may change; whose rows are narrowed must name a team."""
        related = db_field.related_model
        narrowed = scopes.is_scoped(related) and not scopes.reach_of(request.user).everything
        if narrowed:
            rows = kwargs.get("queryset", related._default_manager.all())
            kwargs["queryset"] = scopes.administered(request.user, rows)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if narrowed and field is not None and db_field.name == "team":
            field.required = True
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A text has a few lines, and grows by hand: a form of many texts is still seen as a whole."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, TextField) and field is not None and "widget" not in kwargs:
            field.widget.attrs["rows"] = TEXT_ROWS
        return field

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Without what can only be read, while there is nothing to read yet."""
        given = super().get_inlines(request, obj)
        return (
            given if obj is not None else [one for one in given if not getattr(one, "hidden_on_add", False)]
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whatever a form was made to say: what was saved outside the person's reach is rolled back."""
        super().save_related(request, form, formsets, change)
        if not scopes.may_change(request.user, form.instance):
            raise PermissionDenied

    def get_list_filter(self, request: HttpRequest) -> Any:
        given = super().get_list_filter(request)
        if scopes.reach_of(request.user).everything:
            return given
        return [(one, ReachedFilter) if self._leads_to_teams(one) else one for one in given]

    def _leads_to_teams(self, filtered: Any) -> bool:
        if not isinstance(filtered, str):
            return False
        try:
            related = get_fields_from_path(self.model, filtered)[-1].related_model
        except FieldDoesNotExist:
            return False
        return related is not None and scopes.is_scoped(related)


class HistoryAdmin(SimpleHistoryAdmin, ModelAdmin):
    """For configuration models: each has its versioned history, with the actor kept as text."""

    object_history_list_template = "admin/audit/history.html"

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """Each row of the page says what it changed in words, also the last, against the row before it."""
        words, page = Words(), list(historical_records)
        older = [*page[1:], page[-1].prev_record] if page else []
        for record, before in zip(page, older, strict=True):
            record.says = words.differences(before, record)

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

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


__all__ = ["HistoryAdmin", "ModelAdmin", "ReadOnlyAdmin", "StackedInline", "TabularInline", "admin"]
