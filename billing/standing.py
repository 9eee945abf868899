"""How budgets stand, from the ledger: what was spent and what is held, in one query per kind of window."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from audit.models import Request
from billing.core.budgets import KEEP_COUNTER_S, BudgetBook, BudgetRule, HoldLine
from billing.core.windows import Window, end_of, start_of, to_us
from billing.models import LedgerEntry

SPENT = (LedgerEntry.Kind.SETTLED, LedgerEntry.Kind.ADJUSTED)
# Processes whose clocks differ by less than this agree on which windows may be drawn on at a moment.
CLOCK_SLACK = timedelta(minutes=5)


@dataclass(slots=True)
class Standing:
    """One counter: a budget in a window, of one end user where each has his own."""

    rule: BudgetRule
    window_start: datetime
    end_user: str = ""
    settled_nano: int = 0
    reserved_nano: int = 0
    expires_at_s: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """Money that was charged to one payer for one model. A `billing.core.budgets.Payer`."""

    team: str
    application: str
    key_prefix: str
    end_user: str
    model: str
    amount_nano: int
    shadow_of: str = ""


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A request that runs, and what is held for it. A `billing.core.budgets.Payer`."""

    request_id: UUID
    team: str
    application: str
    key_prefix: str
    end_user: str
    amount_nano: int
    by_model: Mapping[str, int]
    window_at: datetime

    def lines(self, book: BudgetBook) -> tuple[HoldLine, ...]:
        return book.lines(self, self.end_user, self.amount_nano, self.by_model, to_us(self.window_at))


def open_holds() -> Iterator[OpenHold]:
    """The holds of requests that run. A claim and its hold are committed together, as are the finish and
    what ends the hold; so a request runs exactly as long as its hold is open."""
    running = Request.objects.filter(state=Request.State.RUNNING).values("pk")
    rows = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.RESERVED, request_id__in=running).order_by()
    for row in rows.iterator(chunk_size=2000):
        yield OpenHold(
            request_id=row.request_id,
            team=row.team,
            application=row.application,
            key_prefix=row.api_key,
            end_user=row.end_user,
            amount_nano=row.amount_nano,
            by_model=json.loads(row.by_model) if row.by_model else {row.model: row.amount_nano},
            window_at=row.window_at,
        )


def spent(start: datetime, end: datetime | None, *, by_end_user: bool) -> Iterator[Spent]:
    """What was charged in [start, end), summed by who paid and for which model."""
    rows = LedgerEntry.objects.filter(kind__in=SPENT, window_at__gte=start).order_by()
    if end is not None:
        rows = rows.filter(window_at__lt=end)
    columns = ["team", "application", "api_key", "model", "shadow", *(["end_user"] if by_end_user else [])]
    for group in rows.values(*columns).annotate(amount=Sum("amount_nano")).iterator(chunk_size=2000):
        yield Spent(
            team=group["team"],
            application=group["application"],
            key_prefix=group["api_key"],
            end_user=group.get("end_user", ""),
            model=group["model"],
            amount_nano=int(group["amount"]),
            shadow_of=group["shadow"] or "",
        )


def standings(
    book: BudgetBook, holds: Iterable[OpenHold], now: datetime, *, slack: timedelta = CLOCK_SLACK
) -> dict[str, Standing]:
    """Every counter that may be drawn on at `now`, give or take `slack`, by its key.

    A counter that is not there stands at nothing.
    """
    found: dict[str, Standing] = {}
    for window in {rule.window for rule in book.rules}:
        by_end_user = any(rule.each_end_user or rule.end_user for rule in book.rules if rule.window is window)
        for start in {start_of(window, moment) for moment in (now - slack, now, now + slack)}:
            _add_spent(found, book, window, start, by_end_user=by_end_user)
    rules = {rule.id: rule for rule in book.rules}
    for hold in holds:
        _add_hold(found, book, rules, hold)
    return found


def _add_spent(
    found: dict[str, Standing], book: BudgetBook, window: Window, start: datetime, *, by_end_user: bool
) -> None:
    for group in spent(start, end_of(window, start), by_end_user=by_end_user):
        shadow_of = group.shadow_of
        payers = book.of_shadows(shadow_of) if shadow_of else book.matching(group, group.end_user)
        for rule in payers:
            if rule.window is window and rule.model in ("", group.model):
                _at(found, rule, start, group.end_user).settled_nano += group.amount_nano


def _add_hold(
    found: dict[str, Standing], book: BudgetBook, rules: Mapping[int, BudgetRule], hold: OpenHold
) -> None:
    for line in hold.lines(book):
        rule = rules[line.budget_id]
        start = start_of(rule.window, hold.window_at)
        _at(found, rule, start, hold.end_user).reserved_nano += line.amount_nano


def _at(found: dict[str, Standing], rule: BudgetRule, start: datetime, end_user: str) -> Standing:
    end = end_of(rule.window, start)
    key = rule.counter(_seconds(start), end_user)
    if key not in found:
        found[key] = Standing(
            rule,
            start,
            end_user if rule.each_end_user else "",
            expires_at_s=0 if end is None else _seconds(end) + KEEP_COUNTER_S,
        )
    return found[key]


def _seconds(moment: datetime) -> int:
    return to_us(moment) // 1_000_000
