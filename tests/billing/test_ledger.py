"""Rows of the ledger: built by name, never changed, and each movement once."""

import pytest
from billing_cast import add, charged, finish, held, payer
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from msgspec import msgpack

from audit.core.ids import uuid7
from audit.rows import to_us
from audit.writer import TABLES
from billing.errors import AmountInvalid
from billing.models import LedgerEntry
from billing.rows import LEDGER_COLUMNS, Charge, reserved_row, settled_rows
from billing.services.guard import claim_guard
from billing.standing import open_holds

pytestmark = pytest.mark.django_db
NOW_US = to_us(timezone.now())


def rows_of(*charges: Charge) -> list[tuple[str, int, int]]:
    rows = settled_rows(payer(uuid7(), timezone.now()), charges, at_us=NOW_US)
    at = [LEDGER_COLUMNS.index(name) for name in ("kind", "attempt", "amount_nano")]
    return [tuple(row.values[index] for index in at) for row in rows]


def test_the_table_is_registered_with_the_writer() -> None:
    assert TABLES["ledger"].columns == LEDGER_COLUMNS
    fields = {field.column for field in LedgerEntry._meta.local_fields}
    assert fields == set(LEDGER_COLUMNS)


def test_a_hold_travels_through_msgpack_unchanged() -> None:
    row = reserved_row(payer(uuid7(), timezone.now()), amount_nano=5, by_model={"b": 5, "a": 3})
    assert tuple(msgpack.decode(msgpack.encode(row.values))) == row.values


@pytest.mark.parametrize(
    ("charges", "rows"),
    [
        ((), [("released", 0, 0)]),
        ((Charge(1, "gpt", 0),), [("released", 0, 0)]),
        ((Charge(1, "gpt", 7),), [("settled", 1, 7)]),
        ((Charge(1, "gpt", 0), Charge(2, "claude", 9)), [("settled", 2, 9)]),
        ((Charge(1, "gpt", 0, usage_unknown=True),), [("settled", 1, 0)]),
    ],
)
def test_a_hold_ends_in_its_charges_or_in_a_release(charges, rows) -> None:
    assert rows_of(*charges) == rows


def test_an_amount_below_zero_is_never_charged() -> None:
    with pytest.raises(AmountInvalid):
        rows_of(Charge(1, "gpt", -1))


def test_a_hold_is_open_while_its_request_runs() -> None:
    request_id = held(amount=9, by_model={"gpt": 9, "claude": 4})
    (hold,) = open_holds()
    assert (hold.amount_nano, hold.by_model) == (9, {"gpt": 9, "claude": 4})
    charged(request_id, amount=3)
    finish(request_id)
    assert list(open_holds()) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE billing_ledgerentry SET amount_nano = 0", "DELETE FROM billing_ledgerentry"],
)
def test_the_database_refuses_changes(statement: str) -> None:
    charged(amount=40)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_movement_is_written_once() -> None:
    row = reserved_row(payer(uuid7(), timezone.now()), amount_nano=5, by_model={"gpt": 5})
    add(row)
    again = (uuid7().hex, *row.values[1:])
    with pytest.raises(IntegrityError), transaction.atomic():
        add(type(row)(row.table, again))


def test_the_guard_tells_the_epoch_inside_a_transaction() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        assert claim_guard(cursor) == 1
