"""What changed between two rows of history, in words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Field, ForeignKey, Model

MAX_VALUE_CHARS = 300
NOTHING = "nothing"


@dataclass(slots=True)
class Words:
    """Puts differences into words; rows that values refer to are asked for once."""

    _named: dict[tuple[type[Model], Any], str] = field(default_factory=dict)

    def differences(self, before: Any, after: Any) -> list[str]:
        """One sentence for each field in which the history rows differ; `before` is None of a first row."""
        if before is None:
            return []
        fields: Iterable[Field[Any, Any]] = after.tracked_fields
        pairs = ((one, getattr(before, one.attname), getattr(after, one.attname)) for one in fields)
        return [self._sentence(one, old, new) for one, old, new in pairs if old != new]

    def _sentence(self, one: "Field[Any, Any]", old: Any, new: Any) -> str:
        label = str(one.verbose_name)
        if _is_names(old) and _is_names(new):
            return f"{label}: {_gains(old, new)}"
        was, now = self._value(one, old), self._value(one, new)
        if was == NOTHING:
            return f"{label}: {now} (it was empty)"
        if now == NOTHING:
            return f"{label}: empty (it was {was})"
        return f"{label}: {now} instead of {was}"

    def _value(self, one: "Field[Any, Any]", value: Any) -> str:
        if value is None or value == "" or value == []:
            return NOTHING
        if isinstance(one, ForeignKey):
            return self._name(one.related_model, value)
        if one.flatchoices:
            return str(dict(one.flatchoices).get(value, value))
        return _plain(value)[:MAX_VALUE_CHARS]

    def _name(self, model: Any, pk: Any) -> str:
        """What a related row is called, or that it is gone."""
        key = (model, pk)
        if key not in self._named:
            try:
                self._named[key] = str(model._base_manager.get(pk=pk))
            except ObjectDoesNotExist:
                self._named[key] = f"one that is gone ({pk})"
        return self._named[key]


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _gains(old: list[str], new: list[str]) -> str:
    gained = [one for one in new if one not in old]
    lost = [one for one in old if one not in new]
    parts = [f"{', '.join(gained)} added"] if gained else []
    parts += [f"{', '.join(lost)} taken away"] if lost else []
    return "; ".join(parts)[:MAX_VALUE_CHARS] or "in another order"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
