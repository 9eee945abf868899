"""Deriving recorded charges again: from the use that an entry keeps, at the price row that it names.

A charge by usage is `cost(price row, use, at)`; one without comes from the worst case that was told when
its attempt was started. Each is compared with the entry and with the ledger's row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

from audit.models import Entry
from billing.models import LedgerEntry
from registry.models import Price as PriceRow
from registry.releases.clock import to_us
from registry.releases.section import price_value
from routing.core.cost import Use, cost
from routing.core.document import price_from
from routing.core.release import Price
from routing.lane.charge import Basis, bound_nano

ENTRIES_PER_CHUNK = 500

Attempt = tuple[UUID | None, int]  # request, number


class Verdict(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    PRICE_MISSING = "price_missing"  # the row is not there, or not what the charge was made at
    USE_MISSING = "use_missing"  # of before the use was kept with the charge


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One attempt's charge. `derived_nano` and `ledger_nano` are None where there is none."""

    request_id: UUID | None
    attempt: int
    verdict: Verdict
    recorded_nano: int
    derived_nano: int | None = None
    ledger_nano: int | None = None


def recompute_all(entries: Iterable[Entry] | None = None) -> Iterator[Recomputed]:
    """Every charge in the register, oldest first, in flat memory."""
    if entries is None:
        finished = Entry.objects.filter(event_type="attempt.finished").order_by("event_id")
        entries = finished.iterator(chunk_size=ENTRIES_PER_CHUNK)
    prices: dict[str, Price | None] = {}
    left = iter(entries)
    while chunk := list(islice(left, ENTRIES_PER_CHUNK)):
        requests = {entry.request_id for entry in chunk}
        worst, ledger = _worst_cases(requests), _ledger(requests)
        for entry in chunk:
            yield _recomputed(entry, worst, ledger, prices)


def _recomputed(
    entry: Entry,
    worst: Mapping[Attempt, int],
    ledger: Mapping[Attempt, int],
    prices: dict[str, Price | None],
) -> Recomputed:
    data = entry.data
    money, number = data["money"], data["attempt"]["number"]
    key = (entry.request_id, number)
    if "cost_nano" not in money:  # it was abandoned, and charged as a whole
        money, ledger = {**money, "cost_nano": money["worst_case_nano"], "charge": _AT_WORST}, {}
    recorded = money["cost_nano"]
    charge = money.get("charge")
    if charge is None:
        return Recomputed(*key, Verdict.USE_MISSING, recorded)
    price = _price(money["price"], prices)
    if price is None and charge["basis"] in (Basis.USAGE, Basis.RECEIVED):
        return Recomputed(*key, Verdict.PRICE_MISSING, recorded)
    derived = _derived(charge, price, worst.get(key), to_us(entry.occurred_at))
    paid = ledger.get(key)
    same = derived == recorded and paid in (None, derived)
    return Recomputed(*key, Verdict.SAME if same else Verdict.DIFFERENT, recorded, derived, paid)


_AT_WORST = {"basis": Basis.WORST_CASE.value}


def _derived(charge: Mapping[str, Any], price: Price | None, worst: int | None, at_us: int) -> int | None:
    match charge["basis"]:
        case Basis.NOTHING:
            return 0
        case Basis.USAGE if price is not None:
            return cost(price, Use(**charge["use"]), at_us=at_us, batch=charge.get("batch", False)).nano
        case Basis.RECEIVED if price is not None and worst is not None:
            return bound_nano(price, worst_case_nano=worst, unused_tokens=charge["unused_tokens"])
        case Basis.WORST_CASE:
            return worst
    return None


def _price(named: Mapping[str, str], prices: dict[str, Price | None]) -> Price | None:
    """The row that a charge names, if it is still byte for byte what it was charged at."""
    price_id = named["id"]
    if price_id not in prices:
        row = PriceRow.objects.filter(pk=price_id).first() if price_id else None
        whole = row is not None and row.sha256 == row.content_sha256()
        prices[price_id] = price_from(price_value(row)) if row is not None and whole else None
    price = prices[price_id]
    return price if price is not None and price.sha256 == named["sha256"] else None


def _worst_cases(requests: Iterable[UUID | None]) -> dict[Attempt, int]:
    started = Entry.objects.filter(request_id__in=list(requests), event_type="attempt.started")
    told = ((entry.request_id, entry.data) for entry in started)
    return {(request, data["attempt"]["number"]): data["money"]["worst_case_nano"] for request, data in told}


def _ledger(requests: Iterable[UUID | None]) -> dict[Attempt, int]:
    settled = LedgerEntry.objects.filter(request_id__in=list(requests), kind=LedgerEntry.Kind.SETTLED)
    rows = settled.values_list("request_id", "attempt", "amount_nano")
    return {(request, attempt): nano for request, attempt, nano in rows}
