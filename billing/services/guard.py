"""What the register's writer asks before it commits a claim that holds money."""

from typing import Any

from django.db import connection

from billing.selectors import FIRST_EPOCH

SELECT = "SELECT epoch FROM billing_budgetepoch WHERE id = 1"


def claim_guard(cursor: Any) -> int:
    """The epoch under which holds are valid, kept from changing until the claim's transaction ends.

    PostgreSQL locks the row against a rebuild (and not against other claims); on SQLite the transaction of
    the claim is the only one that writes.
    """
    locked = f"{SELECT} FOR SHARE" if connection.vendor == "postgresql" else SELECT
    cursor.execute(locked)
    row = cursor.fetchone()
    return int(row[0]) if row else FIRST_EPOCH
