"""Filters and pages that stay cheap beside millions of rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Min, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from audit import scopes
from audit.models import Entry, Request

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin import DateFieldListFilter as DayFilter
    from django.contrib.admin import SimpleListFilter as ChoiceFilter
else:
    from unfold.contrib.filters.admin import DropdownFilter as ChoiceFilter
    from unfold.contrib.filters.admin import RangeDateFilter

    class DayFilter(RangeDateFilter):
        """From a day to a day, both included, in UTC."""

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            first = _day(self.used_parameters.get(f"{self.parameter_name}_from"))
            last = _day(self.used_parameters.get(f"{self.parameter_name}_to"))
            if first is not None:
                queryset = queryset.filter(**{f"{self.field_path}__gte": first})
            if last is not None:
                queryset = queryset.filter(**{f"{self.field_path}__lt": last + timedelta(days=1)})
            return queryset


MAX_CHOICES = 50
MAX_COUNTED = 10_000


def _day(text: Any) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(str(text)), time.min, UTC)
    except ValueError:
        return None


def distinct_values(rows: QuerySet[Any], field: str) -> Iterator[str]:
    """The first MAX_CHOICES values that `rows` have in an indexed column, one index probe for each."""
    rows = rows.order_by()
    value = rows.exclude(**{field: ""}).aggregate(least=Min(field))["least"]
    for _ in range(MAX_CHOICES):
        if value is None:
            return
        yield value
        value = rows.filter(**{f"{field}__gt": value}).aggregate(least=Min(field))["least"]


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MAX_COUNTED rows: whoever wants more narrows the filters, or exports."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        return self.object_list[:MAX_COUNTED].count()


class ValueFilter(ChoiceFilter):
    """The values that an indexed column has."""

    model: type[Model]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = scopes.visible(request.user, self.model._default_manager.all())
        return [(value, value) for value in distinct_values(rows, self.parameter_name or "")]

    def has_output(self) -> bool:
        """Also without a value to choose from: a filter in the address must never be ignored."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{self.parameter_name or "": value}) if value else queryset


class ApplicationFilter(ValueFilter):
    title, parameter_name, model = "application", "application", Request


class VersionFilter(ValueFilter):
    title, parameter_name, model = "model version", "model_version", Request


class DataClassFilter(ValueFilter):
    title, parameter_name, model = "data class", "data_class", Request


class EventFilter(ValueFilter):
    title, parameter_name, model = "event", "event_type", Entry


class OutcomeFilter(ChoiceFilter):
    title, parameter_name = "outcome", "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Request.Outcome.choices, (Request.State.RUNNING.value, "still running")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == Request.State.RUNNING:
            return queryset.filter(state=Request.State.RUNNING)
        return queryset.filter(outcome=value) if value else queryset


__all__ = [
    "ApplicationFilter",
    "BoundedPaginator",
    "DataClassFilter",
    "DayFilter",
    "EventFilter",
    "OutcomeFilter",
    "ValueFilter",
    "VersionFilter",
]
