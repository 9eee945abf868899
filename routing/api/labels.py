"""What an application says about its request besides the request: by header, or in `metadata`.

A label that is wrong is refused, never ignored: a data class that slips through unread would be a loosening.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.api.errors import ApiError
from routing.api.knobs import read_knobs
from routing.core.knobs import NO_KNOBS, Knobs
from routing.core.residency import read_residency

MAX_LABEL_CHARS = 200
MAX_TAGS = 32
MAX_IDEMPOTENCY_KEY_CHARS = 255


@dataclass(frozen=True, slots=True)
class Labels:
    """As written, save that tags are sorted. `data_class` is None where none was declared."""

    data_class: str | None = None
    task: str = ""
    tags: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()  # in its one form
    knobs: Knobs = NO_KNOBS


def read_labels(meta: Mapping[str, str], metadata: Mapping[str, str]) -> Labels:
    """Labels from the request's headers (Django's META) and from the body: its `metadata`, and its knobs.

    Raises ApiError where the two disagree, or where a label can't be one.
    """
    data_class = _agreed(
        "data_class", "x-signalbox-data-class", meta.get("HTTP_X_SIGNALBOX_DATA_CLASS"), metadata
    )
    task = _agreed("task", "x-signalbox-task", meta.get("HTTP_X_SIGNALBOX_TASK"), metadata)
    tags = _tags(meta.get("HTTP_X_SIGNALBOX_TAGS", "")) | _tags(metadata.get("tags", ""))
    if len(tags) > MAX_TAGS:
        raise ApiError("invalid_request", f"At most {MAX_TAGS} tags.", param="x-signalbox-tags")
    residency, knobs = _residency(meta, metadata), read_knobs(meta, metadata)
    return Labels(data_class, task or "", tuple(sorted(tags)), residency, knobs)


def read_idempotency_key(meta: Mapping[str, str]) -> str | None:
    key = meta.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_IDEMPOTENCY_KEY_CHARS or not key.isprintable():
        message = f"Send 1 to {MAX_IDEMPOTENCY_KEY_CHARS} printable characters."
        raise ApiError("invalid_request", message, param="Idempotency-Key")
    return key


def _agreed(name: str, header: str, by_header: str | None, metadata: Mapping[str, str]) -> str | None:
    by_body = metadata.get(name)
    if by_header is not None and by_body is not None and by_header.strip() != by_body.strip():
        raise ApiError("invalid_request", f"The header {header} and metadata.{name} disagree.", param=header)
    label = by_header if by_header is not None else by_body
    if label is not None:
        _check(label, header)
    return label


def _residency(meta: Mapping[str, str], metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Where the request may go; one that can't be read is refused, and so is an empty one."""
    header = "x-signalbox-residency"
    text = _agreed("residency", header, meta.get("HTTP_X_SIGNALBOX_RESIDENCY"), metadata)
    try:
        return () if text is None else read_residency(text)
    except ValueError as error:
        raise ApiError("invalid_request", str(error), param=header) from error


def _tags(text: str) -> set[str]:
    tags = {tag.strip() for tag in text.split(",")} - {""}
    for tag in tags:
        _check(tag, "x-signalbox-tags")
    return tags


def _check(label: str, param: str) -> None:
    if len(label) > MAX_LABEL_CHARS or not label.isprintable():
        raise ApiError("invalid_request", f"At most {MAX_LABEL_CHARS} printable characters.", param=param)
