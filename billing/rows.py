"""Building the ledger's rows for the register's writer, by name, so that no caller counts columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.core.ids import uuid7_hex
from audit.core.records import Row
from audit.encoding import canonical
from audit.rows import clip, timestamp
from billing.core.accounts import account_of
from billing.core.money import checked
from billing.models import LedgerEntry

TABLE = "ledger"
LEDGER_COLUMNS = (
    "id",
    "kind",
    "request_id",
    "attempt",
    "amount_nano",
    "team",
    "application",
    "api_key",
    "end_user",
    "model",
    "by_model",
    "window_at",
    "at",
    "price_id",
    "price_sha256",
    "usage_unknown",
    "shadow",
)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Whose money it is, and in which windows it counts; the same on every row of a request."""

    request_id: UUID
    team: str
    application: str
    api_key: str  # the key's prefix
    end_user: str
    window_at_us: int  # when the hold was made


@dataclass(frozen=True, slots=True)
class Charge:
    """What one attempt cost, at which price row."""

    attempt: int
    model: str
    amount_nano: int
    price_id: str = ""
    price_sha256: str = ""
    usage_unknown: bool = False
    shadow_of: str = ""  # the experiment whose shadow it was

    @property
    def account(self) -> str:
        return account_of(self.model, self.shadow_of)


def reserved_row(dimensions: Dimensions, *, amount_nano: int, by_model: Mapping[str, int]) -> Row:
    """The hold of a whole plan, by account. Travels with the claim, and is committed with it."""
    models = sorted(by_model)
    return _row(
        LedgerEntry.Kind.RESERVED,
        dimensions,
        at_us=dimensions.window_at_us,
        amount_nano=checked(amount_nano),
        model=models[0] if len(models) == 1 else "",
        by_model=canonical(dict(by_model)).decode() if len(models) > 1 else "",
    )


def settled_rows(dimensions: Dimensions, charges: Sequence[Charge], *, at_us: int) -> tuple[Row, ...]:
    """The end of a hold: one row for each attempt that cost something, or one that releases it all.

    They belong into the unit that finishes the request, all of them, and end its hold.
    """
    rows = tuple(
        _row(
            LedgerEntry.Kind.SETTLED,
            dimensions,
            at_us=at_us,
            amount_nano=checked(charge.amount_nano),
            attempt=charge.attempt,
            model=charge.model,
            price_id=charge.price_id,
            price_sha256=charge.price_sha256,
            usage_unknown=charge.usage_unknown,
            shadow=charge.shadow_of or None,
        )
        for charge in charges
        if charge.amount_nano or charge.usage_unknown
    )
    return rows or (released_row(dimensions, at_us=at_us),)


def released_row(dimensions: Dimensions, *, at_us: int) -> Row:
    """Nothing was charged: the whole hold is free again."""
    return _row(LedgerEntry.Kind.RELEASED, dimensions, at_us=at_us, amount_nano=0)


def _row(
    kind: LedgerEntry.Kind,
    dimensions: Dimensions,
    *,
    at_us: int,
    amount_nano: int,
    attempt: int = 0,
    model: str = "",
    by_model: str = "",
    price_id: str = "",
    price_sha256: str = "",
    usage_unknown: bool = False,
    shadow: str | None = None,
) -> Row:
    values: tuple[Any, ...] = (
        uuid7_hex(),
        kind.value,
        dimensions.request_id.hex,
        attempt,
        amount_nano,
        clip(dimensions.team, 200),
        clip(dimensions.application, 200),
        clip(dimensions.api_key, 64),
        clip(dimensions.end_user, 256),
        clip(model, 200),
        by_model,
        timestamp(dimensions.window_at_us),
        timestamp(at_us),
        price_id,
        price_sha256,
        usage_unknown,
        shadow,
    )
    return Row(TABLE, values)
