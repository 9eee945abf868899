"""Ending holds that nobody ended: their lease is over, so the record says what became of the request."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis
from django.db.models import Sum

from audit.models import Request
from billing.core.accounts import account_of
from billing.holds import used_bytes
from billing.models import LedgerEntry
from billing.scripts import LEASES, TOKEN_KEY, load, space
from billing.services.rebuild import valkey
from billing.standing import SPENT

logger = logging.getLogger(__name__)

MAX_HOLDS = 1_000  # of one run; the next goes on
LEASE_AGAIN_S = 60


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run did."""

    settled: int = 0
    released: int = 0
    running: int = 0


def sweep(url: str) -> Swept:
    """End the holds whose lease is over.

    1. The request is finished: its settlement did not reach Valkey; the ledger says what it cost.
    2. It runs: the lane closes what its dead workers left behind, so look again in a minute.
    3. There is no such request: it was never claimed and its deadline has passed, so nothing was used.
    """
    with valkey(url) as client:
        prefix = _space_in_use(client)
        due = _due(client, prefix) if prefix else {}
        if not due:
            return Swept()
        ids = list(due.values())
        states: dict[UUID, str] = dict(Request.objects.filter(pk__in=ids).values_list("pk", "state"))
        spent = _spent([pk for pk, state in states.items() if state == Request.State.FINISHED])
        settled = released = running = 0
        for name, request_id in due.items():
            state = states.get(request_id)
            if state == Request.State.RUNNING:
                _lease_again(client, prefix, name)
                running += 1
                continue
            _end(client, name, spent.get(request_id, {}))
            settled, released = settled + (state is not None), released + (state is None)
    if settled or released:
        logger.warning("holds were swept", extra={"settled": settled, "released": released})
    return Swept(settled, released, running)


def _space_in_use(client: "redis.Redis") -> str:
    token = client.get(TOKEN_KEY)
    return space(int(token.rpartition(b":")[2])) if isinstance(token, bytes) else ""


def _due(client: "redis.Redis", prefix: str) -> dict[str, UUID]:
    """Request ids as they are written in Valkey, and as they are."""
    seconds, _ = client.time()
    names: Any = client.zrangebyscore(prefix + LEASES, "-inf", seconds * 1000, start=0, num=MAX_HOLDS)
    return {name.decode(): UUID(name.decode()) for name in names}


def _spent(finished: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """What each request cost, by account."""
    rows = LedgerEntry.objects.filter(kind__in=SPENT, request_id__in=finished).order_by()
    spent: dict[UUID, dict[str, int]] = {}
    sums = rows.values_list("request_id", "model", "shadow").annotate(Sum("amount_nano"))
    for request_id, model, shadow_of, amount in sums:
        by_account = spent.setdefault(request_id, {})
        account = account_of(model, shadow_of or "")
        by_account[account] = by_account.get(account, 0) + int(amount)
    return spent


def _lease_again(client: "redis.Redis", prefix: str, name: str) -> None:
    seconds, _ = client.time()
    client.zadd(prefix + LEASES, {name: (seconds + LEASE_AGAIN_S) * 1000}, xx=True)


def _end(client: "redis.Redis", name: str, amounts: Mapping[str, int]) -> None:
    client.eval(load("settle").text, 1, TOKEN_KEY, name, used_bytes(amounts, None))
