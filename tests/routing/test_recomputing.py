"""Charges that were made, derived again from what the register keeps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from registry_cast import make_deployment

from audit.models import Entry
from registry.core.tariff import band_from
from registry.models import Price
from registry.releases.section import price_value
from routing.adapters.contract import Usage
from routing.core.decision import Call
from routing.core.document import price_from
from routing.lane import charge
from routing.recomputing import Recomputed, Verdict, recompute_all

AT = datetime(2026, 3, 4, 23, 30, 0, 7, tzinfo=UTC)
WORST = 9_000_000
CALL = Call("", "gpt-eu", WORST, 1_000, "")
USAGE = Usage(1_000, 100, cache_read_tokens=700, reasoning_tokens=40)


@pytest.fixture
def row(db: None) -> Price:
    """Cheaper at night, when everything here happens."""
    price = Price(
        deployment=make_deployment(),
        valid_from=AT - timedelta(days=9),
        input_usd_per_mtok=Decimal("0.4"),
        output_usd_per_mtok=Decimal("1.6"),
        bands=[band_from("from 16:30 to 00:30 UTC: input 0.1")],
    )
    price.save(force_insert=True)
    return price


def told(row: Price, charged: charge.Charged | None, **changes: Any) -> Recomputed:
    """What comes of an attempt that was recorded so."""
    money: dict[str, Any] = {"price": {"id": str(row.id), "sha256": row.sha256}, "worst_case_nano": WORST}
    request, attempt = uuid4(), {"number": 1}
    started = Entry(event_type="attempt.started", request_id=request, occurred_at=AT)
    finished = Entry(event_type="attempt.finished", request_id=request, occurred_at=AT)
    if charged is not None:
        money |= {"cost_nano": charged.nano, "charge": charged.told()}
    for entry in (started, finished):
        entry.__dict__["sealed"] = {"data": {"attempt": attempt, "money": {**money, **changes}}}
    worst = {(request, 1): WORST}
    (found,) = _with(worst, [finished])
    return found


def _with(worst: Any, entries: list[Entry]) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("routing.recomputing._worst_cases", lambda requests: worst)
        return list(recompute_all(entries))


def made(row: Price, usage: Usage, **how: Any) -> charge.Charged:
    given = {"called": True, "status": 200, "cancelled_stream": False, "received_bytes": 0, **how}
    price = price_from(price_value(row))
    return charge.of_attempt(CALL, price, usage, at_us=int(AT.timestamp()) * 1_000_000 + 7, **given)


@pytest.mark.parametrize(
    ("usage", "how", "basis"),
    [
        (USAGE, {}, "usage"),
        (replace(USAGE, input_audio_tokens=3), {}, "worst_case"),
        (Usage(), {}, "worst_case"),
        (Usage(), {"cancelled_stream": True, "received_bytes": 50}, "received"),
        (Usage(), {"status": 503}, "nothing"),
        (Usage(), {"called": False}, "nothing"),
    ],
)
def test_a_charge_is_derived_again_whatever_it_was_made_by(row: Price, usage, how, basis) -> None:
    charged = made(row, usage, **how)
    found = told(row, charged)
    assert (charged.basis, found.verdict) == (basis, Verdict.SAME)
    assert found.derived_nano == charged.nano


def test_a_charge_at_night_is_derived_at_the_price_of_the_night(row: Price) -> None:
    assert told(row, made(row, USAGE)).derived_nano == 1_000 * 100 + 100 * 1_600


def test_what_was_abandoned_was_charged_its_worst_case(row: Price) -> None:
    assert told(row, None).derived_nano == WORST


def test_an_amount_that_was_changed_shows(row: Price) -> None:
    charged = made(row, USAGE)
    found = told(row, charged, cost_nano=charged.nano - 1)
    assert (found.verdict, found.derived_nano) == (Verdict.DIFFERENT, charged.nano)


def test_a_price_row_that_is_another_one_now_shows(row: Price) -> None:
    found = told(row, made(row, USAGE), price={"id": str(row.id), "sha256": "0" * 64})
    assert found.verdict is Verdict.PRICE_MISSING


def test_a_charge_of_before_its_use_was_kept_is_told_apart(row: Price) -> None:
    assert told(row, made(row, USAGE), charge=None).verdict is Verdict.USE_MISSING
