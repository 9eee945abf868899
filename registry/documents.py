"""The configuration as one YAML or JSON document: what `manage.py config` and the API read and write.

The schema is derived from the governed kinds: a kind's natural key is its unique name, or the fields of its
unique constraint. An app says what can't be derived (`shape`): another key, the field that keeps rows in
order, and fields that people write in a notation.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from django.apps import apps
from django.db import models

from audit.core.canonical import canonical_json
from audit.core.ids import uuid7
from registry.core.changes import ChangeSet, State, diff
from registry.core.configuration import (
    Column,
    Document,
    DocumentInvalid,
    Schema,
    Section,
    from_document,
    to_document,
)
from registry.governed import Kind, kinds, plain, read_state
from registry.models import Release

_OTHER_BREAKS = frozenset("\r\x85\u2028\u2029")
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024

Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What can't be derived of a kind. `notations` maps a field to (written, read); `reads` brings a field's
    value into the form in which it is stored."""

    key: tuple[str, ...] = ()
    ordered_by: str = ""
    notations: Mapping[str, tuple[Change, Change]] = field(default_factory=dict)
    reads: Mapping[str, Change] = field(default_factory=dict)


_shapes: dict[str, Shape] = {}


def shape(
    model: type[models.Model],
    *,
    key: tuple[str, ...] = (),
    ordered_by: str = "",
    notations: Mapping[str, tuple[Change, Change]] | None = None,
    reads: Mapping[str, Change] | None = None,
) -> None:
    """Say how rows of `model` are written. Apps call it in `AppConfig.ready`."""
    _shapes[model._meta.label_lower] = Shape(key, ordered_by, notations or {}, reads or {})


def schema() -> Schema:
    """Of every governed kind, those that are referred to first."""
    sections = tuple(_section(kind) for kind in kinds())
    held = {section.kind for section in sections}
    referred = {
        column.refers_to: column for section in sections for column in section.columns if column.refers_to
    }
    outside = {label: _names_of(label) for label in referred if label not in held}
    return Schema(sections, outside)


def export(state: State | None = None) -> Document:
    """What is in force, or `state`."""
    return to_document(read_state() if state is None else state, schema())


def configuration_of(release: Release) -> State | None:
    """What `release` was made of; None for those of before configurations were kept."""
    held: State | None = json.loads(release.configuration) if release.configuration else None
    return held


def changes_of(document: Any, *, current: State | None = None) -> ChangeSet:
    """What would have to change for what is in force (or `current`) to be what `document` says.
    Raises DocumentInvalid."""
    now = read_state() if current is None else current
    return diff(now, from_document(document, schema(), now, lambda: str(uuid7())))


def dump(document: Document, form: str) -> str:
    """The document's text as `yaml` or `json`; equal documents have equal texts."""
    if form == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def parse(text: str) -> Any:
    """The document of a text, which may be YAML or JSON. Raises DocumentInvalid."""
    if len(text.encode()) > MAX_DOCUMENT_BYTES:
        raise DocumentInvalid("", f"a configuration has at most {MAX_DOCUMENT_BYTES} bytes.")
    try:
        if is_json(text):
            return json.loads(text, object_pairs_hook=_given_once, parse_constant=_refused)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (derived from SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentInvalid("", f"this can't be read: {error}") from error


def is_json(text: str) -> bool:
    """Whether it is taken for JSON: YAML would do too, but takes longer, and not every character."""
    return text.lstrip().startswith("{")


def _given_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_repeated(name for name, _ in pairs)
    return dict(pairs)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no value")


def _refuse_repeated(names: Iterable[Any]) -> None:
    seen = set()
    for name in names:
        if not isinstance(name, Hashable):
            raise ValueError("names are text")
        if name in seen:
            raise ValueError(f"“{name}” is given twice")
        seen.add(name)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Loader(yaml.SafeLoader):
    """Refuses aliases, with which a small text could make a huge document, and keys that are given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        _refuse_repeated(self.construct_object(key, deep=True) for key, _ in node.value)
        return super().construct_mapping(node, deep=deep)


def _text_of_lines(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """A line break of another kind than \\n is written as its escape: YAML would read it as \\n."""
    style = '"' if _OTHER_BREAKS & set(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_of_lines)
# A date stays the text that it is.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _section(kind: Kind) -> Section:
    given = _shapes.get(kind.label, Shape())
    name = str(kind.model._meta.verbose_name_plural).replace(" ", "_").lower()
    columns = tuple(_column(kind, field_name, given) for field_name in kind.fields)
    return Section(name, kind.label, given.key or _natural_key(kind.model), columns, given.ordered_by)


def _natural_key(model: type[models.Model]) -> tuple[str, ...]:
    for column in model._meta.concrete_fields:
        if column.unique and not column.primary_key and isinstance(column, models.CharField):
            return (column.name,)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None:
            return tuple(constraint.fields)
    raise LookupError(f"{model._meta.label} has no natural key: give it one with registry.documents.shape.")


def _column(kind: Kind, name: str, given: Shape) -> Column:
    found: Any = kind.model._meta.get_field(name)
    refers_to = found.related_model._meta.label_lower if isinstance(found, models.ForeignKey) else ""
    empty = _missing_value(found)
    required = name in given.notations or (empty is None and not found.null)
    written, read = given.notations.get(name, (_same, given.reads.get(name) or _reader(found)))
    return Column(name, refers_to, empty, required, written, read)


def _missing_value(column: Any) -> Any:
    """What a field that the document leaves out means: its default, or nothing where it may be empty."""
    if column.has_default():
        return plain(column.get_default())
    if column.null:
        return None
    return "" if isinstance(column, models.CharField | models.TextField) and column.blank else None


def _same(value: Any) -> Any:
    return value


def _reader(column: Any) -> Change:
    """Refuses a value of another type than the field's, and answers it as the state holds it."""

    def read(value: Any) -> Any:
        if value is None:
            if column.null:
                return None
            raise ValueError("must not be empty.")
        return next((reader for base, reader in _READERS.items() if isinstance(column, base)), _same)(value)

    return read


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"must be a whole number, not {value!r}.")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(f"must be true or false, not {value!r}.")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"must be text, not {value!r}: put it in quotes.")
    return value


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("needs its time zone, such as “2026-01-01T00:00:00+00:00”.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _amount(value: Any) -> str:
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except InvalidOperation:
        raise ValueError(f"must be an amount, not {value!r}.") from None


def _canonical(value: Any) -> Any:
    canonical_json(value)  # raises for what has no canonical form, such as a float
    return value


_READERS: dict[type[Any], Change] = {
    models.BooleanField: _flag,
    models.IntegerField: _whole,
    models.DecimalField: _amount,
    models.DateTimeField: _moment,
    models.JSONField: _canonical,
    models.CharField: _text,
    models.TextField: _text,
    models.DateField: _text,
}


def _names_of(label: str) -> dict[str, str]:
    """Name → id, of rows that no document holds."""
    model = apps.get_model(label)
    return {str(name): str(key) for key, name in model._default_manager.order_by().values_list("pk", "name")}
