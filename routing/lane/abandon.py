"""Closing what a worker left behind, dead or not: whether its call reached the provider is not known.

A call that was started is never repeated. The request ends as `abandoned`, its hold is settled at the worst
case, and every attempt that was started and not finished is told as such. The update of a running row
decides between two that try: one closes it, the other's unit is not written.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.core.canonical import canonical_json
from audit.core.records import Entry, Finish, Row, Unit
from audit.models import Attempt as AttemptRow
from audit.models import Entry as EntryRow
from audit.models import Request
from audit.rows import attempt_row, finish_values, to_us
from billing.core.accounts import parts_of
from billing.models import LedgerEntry
from billing.rows import Charge, Dimensions, settled_rows
from routing.lane.flight import now_us

OUTCOME = "abandoned"
CODE = "answer_lost"
MAX_A_SWEEP = 500
GRACE_S = 15.0  # past the deadline, where the worker is gone
GRACE_ANYWAY_S = 120.0  # past the deadline, whatever the worker's heartbeat says: no call runs that long


@dataclass(frozen=True, slots=True)
class Abandoned:
    """How to close one request, and what to tell the live counters afterwards."""

    request_id: UUID
    unit: Unit
    amounts: dict[str, int]


def overdue(alive: frozenset[str]) -> list[UUID]:
    """Requests that run past their deadline on a worker which is not `alive`; at most MAX_A_SWEEP."""
    now = timezone.now()
    late = Request.objects.filter(
        state=Request.State.RUNNING, deadline_at__lt=now - timedelta(seconds=GRACE_S)
    ).order_by("deadline_at")
    rows = late.values_list("pk", "worker", "deadline_at")[:MAX_A_SWEEP]
    anyway = now - timedelta(seconds=GRACE_ANYWAY_S)
    return [
        pk
        for pk, worker, deadline in rows
        if worker not in alive or (deadline is not None and deadline < anyway)
    ]


def running_on(worker: str) -> list[UUID]:
    """What the rows say that `worker` runs; at most MAX_A_SWEEP, the oldest first."""
    rows = Request.objects.filter(state=Request.State.RUNNING, worker=worker).order_by("deadline_at")
    return list(rows.values_list("pk", flat=True)[:MAX_A_SWEEP])


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A request that somebody has claimed; `closing` where it is ours to close."""

    closing: Abandoned | None


def left_behind(request_id: str, *, alive: frozenset[str], by: str) -> LeftBehind | None:
    """What became of a call whose message another worker had; None where nobody has claimed it."""
    row = Request.objects.filter(pk=UUID(request_id)).values_list("state", "worker").first()
    if row is None:
        return None
    state, worker = row
    if state != Request.State.RUNNING or worker in alive:
        return LeftBehind(None)
    return LeftBehind(prepare(UUID(request_id), by=by, why="the worker that ran it died"))


def prepare(request_id: UUID, *, by: str, why: str) -> Abandoned | None:
    """The unit that closes the request; None where it is not running."""
    row = Request.objects.filter(pk=request_id, state=Request.State.RUNNING).first()
    if row is None:
        return None
    at_us = now_us()
    hold = LedgerEntry.objects.filter(request_id=request_id, kind=LedgerEntry.Kind.RESERVED).first()
    charges = _worst_case(hold) if hold else ()
    started = list(_unfinished(request_id))
    entries: list[Entry] = []
    rows: list[Row] = []
    for body in started:
        entries.append(_attempt_entry(request_id, body, by, why, at_us))
        rows.append(_attempt_row(row, body, why, at_us))
    cost_nano = sum(charge.amount_nano for charge in charges)
    entries.append(_request_entry(row, by, why, cost_nano, len(started), at_us))
    if hold is not None:
        rows.extend(settled_rows(_dimensions(hold), charges, at_us=at_us))
    unit = Unit(
        finish=Finish(request_id, _finish_values(row, started, cost_nano, at_us)),
        entries=tuple(entries),
        rows=tuple(rows),
    )
    return Abandoned(request_id, unit, {charge.account: charge.amount_nano for charge in charges})


def _worst_case(hold: LedgerEntry) -> tuple[Charge, ...]:
    """All that was held, by account; together never more than the hold."""
    by_account: dict[str, int] = (
        json.loads(hold.by_model) if hold.by_model else {hold.model: hold.amount_nano}
    )
    left = hold.amount_nano
    charges = []
    for number, (account, nano) in enumerate(sorted(by_account.items())):
        amount = min(nano, left)
        left -= amount
        shadow_of, model = parts_of(account)
        charges.append(Charge(number, model, amount, usage_unknown=True, shadow_of=shadow_of))
    return tuple(charges)


def _unfinished(request_id: UUID) -> Iterator[dict[str, Any]]:
    """What was told of attempts that were started and not finished."""
    finished = set(AttemptRow.objects.filter(request_id=request_id).values_list("number", flat=True))
    told = EntryRow.objects.filter(request_id=request_id, event_type="attempt.started")
    for entry in told.order_by("event_id"):
        if entry.data["attempt"]["number"] not in finished:
            yield {**entry.data, "started_at_us": to_us(entry.occurred_at)}


def _attempt_entry(request_id: UUID, body: dict[str, Any], by: str, why: str, at_us: int) -> Entry:
    told = {
        **{name: body[name] for name in ("schema", "who", "release", "model")},
        "request": {"id": str(request_id), "worker": by},
        "attempt": {**body["attempt"], "called": True},
        "outcome": {"outcome": "failed", "kind": OUTCOME, "why": why},
        "use": {"usage_unknown": True},
        "money": body["money"],
    }
    return Entry("attempt.finished", request_id, at_us, canonical_json(told))


def _attempt_row(row: Request, body: dict[str, Any], why: str, at_us: int) -> Row:
    model, money = body["model"], body["money"]
    return attempt_row(
        request_id=row.pk,
        number=body["attempt"]["number"],
        path=body["attempt"]["path"],
        deployment=model["deployment"],
        model=model["model"],
        model_version=model["version"],
        provider=model["provider"],
        region=model["region"],
        endpoint_host=model["endpoint_host"],
        sent_model=model["sent"],
        started_at_us=body["started_at_us"],
        finished_at_us=at_us,
        outcome="failed",
        error_kind=OUTCOME,
        error_message=why,
        usage_unknown=True,
        cost_nano=money["worst_case_nano"],
        price_id=money["price"]["id"],
        price_sha256=money["price"]["sha256"],
    )


def _request_entry(row: Request, by: str, why: str, cost_nano: int, attempts: int, at_us: int) -> Entry:
    told = {
        "schema": 1,
        "who": {"team": row.team, "application": row.application, "api_key": row.api_key},
        "request": {"id": str(row.pk), "worker": by, "left_by": row.worker},
        "release": row.release_number,
        "outcome": {"outcome": OUTCOME, "code": CODE, "why": why},
        "attempts": attempts,
        "money": {"settled_nano": cost_nano, "cost_nano": cost_nano, "usage_unknown": True},
    }
    return Entry("request.finished", row.pk, at_us, canonical_json(told))


def _finish_values(
    row: Request, started: list[dict[str, Any]], cost_nano: int, at_us: int
) -> tuple[Any, ...]:
    model = started[-1]["model"] if started else {}
    return finish_values(
        outcome=OUTCOME,
        finished_at_us=at_us,
        error_code=CODE,
        model=model.get("model", ""),
        model_version=model.get("version", ""),
        deployment=model.get("deployment", ""),
        provider=model.get("provider", ""),
        attempts=AttemptRow.objects.filter(request_id=row.pk).count() + len(started),
        cost_nano=cost_nano,
        latency_ms=(at_us - to_us(row.accepted_at)) // 1000,
    )


def _dimensions(hold: LedgerEntry) -> Dimensions:
    return Dimensions(
        request_id=hold.request_id,
        team=hold.team,
        application=hold.application,
        api_key=hold.api_key,
        end_user=hold.end_user,
        window_at_us=to_us(hold.window_at),
    )
