"""The row of an answer that waits for a person, as the worker writes it into the register's transaction."""

from uuid import UUID

from audit.core.records import Row
from audit.rows import clip, timestamp

TABLE = "held"
SLOT = "held"  # the answer as the models gave it
RELEASED_SLOT = "released"  # as a person changed it
HELD_COLUMNS = (
    "request_id",
    "held_at",
    "expires_at",
    "team",
    "application",
    "asked_by",
    "data_class",
    "policy",
    "rule",
    "path",
    "reason",
)


def held_row(
    request_id: UUID,
    *,
    held_at_us: int,
    expires_at_us: int,
    team: str,
    application: str,
    asked_by: str,
    data_class: str,
    policy: str,
    rule: str,
    path: str,
    reason: str,
) -> Row:
    """`asked_by` is the person, where one asked by hand."""
    return Row(
        TABLE,
        (
            request_id.hex,
            timestamp(held_at_us),
            timestamp(expires_at_us),
            clip(team, 200),
            clip(application, 200),
            clip(asked_by, 150),
            clip(data_class, 100),
            clip(policy, 200),
            clip(rule, 200),
            clip(path, 64),
            clip(reason, 300),
        ),
    )
