"""What a request proposes → a change set, in the form in which the registry itself would have made it."""

from collections.abc import Mapping
from typing import Any

from registry import documents
from registry.api.body_types import ChangedRow
from registry.api.errors import ApiError
from registry.core.changes import Change, ChangeSet, ChangeSetUnreadable, Op, Record, ordered
from registry.governed import Kind, kind_of, plain, values_of
from registry.services.snapshot import on_one_state

MAX_YAML_CHARS = 512 * 1024


def proposed(config: str | Mapping[str, Any] | None, changes: list[ChangedRow] | None) -> ChangeSet | None:
    """None where the request proposes nothing. Raises ApiError, DocumentInvalid, ChangeSetUnreadable,
    NotGoverned, ValidationError."""
    if config is not None and changes is not None:
        raise ApiError("invalid_request", "Give `config` or `changes`, not both.", param="changes")
    if config is not None:
        return of_configuration(config)
    return None if changes is None else of_rows(changes)


def of_configuration(config: str | Mapping[str, Any]) -> ChangeSet:
    """What would have to change for what is in force to be what `config` says."""
    document = _parsed(config) if isinstance(config, str) else config
    return on_one_state(lambda: documents.changes_of(document))


def _parsed(text: str) -> Any:
    """YAML of some megabytes takes a minute to read, and this is a web process."""
    if len(text) > MAX_YAML_CHARS and not documents.is_json(text):
        raise ApiError(
            "request_too_large",
            f"YAML has at most {MAX_YAML_CHARS} characters here; send JSON.",
            param="config",
        )
    return documents.parse(text)


def of_rows(rows: list[ChangedRow]) -> ChangeSet:
    """The rows with their values as the registry writes them, so that equal changes have equal digests."""
    changes = [_change(row) for row in rows]
    if len({change.key for change in changes}) < len(changes):
        raise ChangeSetUnreadable("A row is changed twice.")
    return ordered(changes)


def _change(row: ChangedRow) -> Change:
    kind = kind_of(row.kind)
    if row.before is None and row.after is None:
        raise ChangeSetUnreadable(f"{row.kind} {row.id}: a change has `before`, `after` or both.")
    change = Change(row.kind, str(row.id), _plain(kind, row.before), _plain(kind, row.after))
    if change.op is Op.UPDATE:
        if set(change.before or ()) != set(change.after or ()):
            raise ChangeSetUnreadable(f"{row.kind} {row.id}: `before` and `after` hold the same fields.")
    elif kind.live:
        raise ChangeSetUnreadable(f"{row.kind}: a proposal changes such rows, and makes none.")
    elif set(change.fields) != set(kind.fields):
        raise ChangeSetUnreadable(f"{row.kind} {row.id}: a row that comes or goes is told whole.")
    return change


def _plain(kind: Kind, record: Record | None) -> Record | None:
    if record is None:
        return None
    try:
        values = values_of(kind, record)
    except TypeError as error:
        raise ChangeSetUnreadable(f"{kind.label}: {error}") from error
    return {name: plain(value) for name, value in zip(record, values.values(), strict=True)}
