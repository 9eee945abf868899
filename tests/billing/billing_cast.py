"""Rows that the tests of billing start from: requests, their money, and budgets."""

from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from audit.core.ids import uuid7
from audit.core.records import Row
from audit.models import Request
from audit.rows import to_us
from billing.models import Budget
from billing.rows import LEDGER_COLUMNS, Charge, Dimensions, reserved_row, settled_rows
from billing.services import budgets


def held(
    request_id=None,
    *,
    amount: int = 100,
    model: str = "gpt",
    at: datetime | None = None,
    by_model=None,
    **who,
):
    """A running request with its hold, as a worker's claim writes them."""
    request_id = uuid7()
    at = at or timezone.now()
    Request.objects.create(id=request_id, accepted_at=at, state="running", operation="chat")
    row = reserved_row(payer(request_id, at, **who), amount_nano=amount, by_model=by_model or {model: amount})
    add(row)
    return request_id


def charged(
    request_id=None,
    *,
    amount: int,
    model: str = "gpt",
    at: datetime | None = None,
    shadow_of: str = "",
    **who,
):
    """A request's charge; of a request that is not given, one that is over."""
    at = at or timezone.now()
    charge = Charge(attempt=1, model=model, amount_nano=amount, shadow_of=shadow_of)
    for row in settled_rows(payer(request_id or uuid7(), at, **who), [charge], at_us=to_us(at)):
        add(row)


def finish(request_id) -> None:
    row = Request.objects.get(pk=request_id)
    row.state, row.outcome, row.finished_at = "finished", "succeeded", timezone.now()
    row.save()


def payer(request_id, at: datetime, **who) -> Dimensions:
    names = {"team": "payments", "application": "invoices", "api_key": "abcdefghijkl", "end_user": "", **who}
    return Dimensions(request_id=request_id, window_at_us=to_us(at), **names)


def add(row: Row) -> None:
    """What the register's writer does with a row."""
    marks = ",".join(["%s"] * len(LEDGER_COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO billing_ledgerentry ({','.join(LEDGER_COLUMNS)}) VALUES ({marks})", row.values
        )


def budget(name: str = "all", limit: str = "0.0000001", **scope) -> Budget:
    """A saved budget; the limit is 100 nano-dollars unless told otherwise."""
    return budgets.save(budget=Budget(name=name, limit_usd=Decimal(limit), **scope), actor=None).budget
