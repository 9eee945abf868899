"""What requests of the management API hold. The types check them, and describe them in OpenAPI."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from registry.core.changes import MAX_CHANGES

Title = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[str, Meta(max_length=10_000)]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="As it was read.")]
Moment = Annotated[datetime, Meta(tz=True)]
Configuration = Annotated[
    str | dict[str, Any],
    Meta(description="A whole configuration: as an object, or as the text of a YAML or JSON file."),
]
Record = dict[str, Any]


class ChangedRow(Struct, forbid_unknown_fields=True):
    """`before` is null for a row that is made, `after` for one that goes; of one that changes, both hold the
    fields that differ."""

    kind: Annotated[str, Meta(max_length=100)]
    id: UUID
    before: Record | None
    after: Record | None


Rows = Annotated[list[ChangedRow], Meta(min_length=1, max_length=MAX_CHANGES)]


class Drafting(Struct, forbid_unknown_fields=True):
    """One of `config` and `changes` says what is proposed."""

    title: Title
    reason: Reason = ""
    config: Configuration | None = None
    changes: Rows | None = None


class Editing(Struct, forbid_unknown_fields=True):
    """`digest` is that of the proposal that is edited; what is not given stays."""

    digest: Digest
    title: Title | None = None
    reason: Reason | None = None
    config: Configuration | None = None
    changes: Rows | None = None


class Submitting(Struct, forbid_unknown_fields=True):
    """`apply_at` schedules it: it is then applied by the clock, once it is approved."""

    digest: Digest
    apply_at: Moment | None = None


class Approving(Struct, forbid_unknown_fields=True):
    digest: Digest
    reason: Reason = ""


class Rejecting(Struct, forbid_unknown_fields=True):
    digest: Digest
    reason: Reason


class Applying(Struct, forbid_unknown_fields=True):
    digest: Digest


class BreakingGlass(Struct, forbid_unknown_fields=True):
    """For emergencies; `for_s` is how long it stands without a review."""

    digest: Digest
    reason: Reason
    for_s: Annotated[int, Meta(ge=1)]


class Reviewing(Struct, forbid_unknown_fields=True):
    """`keep` false takes it back."""

    digest: Digest
    keep: bool
    reason: Reason


class Place(Struct, forbid_unknown_fields=True):
    """As a conflict names it; `field` is empty for the row as a whole."""

    kind: Annotated[str, Meta(max_length=100)]
    id: UUID
    field: Annotated[str, Meta(max_length=100)] = ""


class TakingUp(Struct, forbid_unknown_fields=True):
    """`seen` names the conflicts that were read; at the places in `keep` what is in force stays."""

    digest: Digest
    seen: Digest
    keep: Annotated[list[Place], Meta(max_length=MAX_CHANGES)] = []


class Reasoned(Struct, forbid_unknown_fields=True):
    reason: Reason = ""


class Compared(Struct, forbid_unknown_fields=True):
    config: Configuration


class Suspending(Struct, forbid_unknown_fields=True):
    kind: Annotated[str, Meta(max_length=16)]
    target: Annotated[str, Meta(min_length=1, max_length=300)]
    reason: Reason
    cancel_in_flight: bool = False
