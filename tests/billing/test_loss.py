"""Valkey loses everything in the middle of traffic: nothing is overspent, and everything heals."""

import asyncio
import contextlib
import random
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from billing_cast import budget, payer
from billing_live_cast import Payer
from django.db.models import Sum
from django.utils import timezone
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from signalbox.embedded import start_server

from audit.core.ids import uuid7
from audit.core.records import Claim, Committed, Entry, Finish, Unit
from audit.rows import finish_values, request_values, to_us
from audit.writer import GroupWriter
from billing.core.budgets import BudgetBook
from billing.errors import CountersUnavailable
from billing.live import LiveMoney, Reservation, Reserved
from billing.models import LedgerEntry
from billing.pipeline import Pipeline
from billing.rows import Charge, reserved_row, settled_rows
from billing.scripts import LEASES, space
from billing.services import rebuild, reconcile
from billing.services.sweeper import sweep
from billing.standing import SPENT, open_holds

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = 10_000
AMOUNT = 1_000  # ten fit at once, so the limit is felt all the time
COST = 4
CLIENTS = 24
MAX_TROUBLES = 20


class Server:
    """A Valkey of the test's own, to be killed."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.directory = directory
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = start_server(port=self.port, directory=self.directory, append_only=True)
        retry = Retry(ConstantBackoff(0.02), 250)
        with redis.Redis.from_url(self.url, retry=retry) as connected:
            connected.ping()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(5)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def writer() -> Iterator[GroupWriter]:
    writer = GroupWriter("test")
    writer.start()
    yield writer
    writer.stop()


def claim_unit(request_id, at, epoch: int) -> Unit:
    values = request_values(request_id=request_id, accepted_at_us=to_us(at), reserved_epoch=epoch)
    return Unit(
        claim=Claim(request_id, values, epoch),
        entries=(Entry("request.accepted", request_id, to_us(at), b"{}"),),
        rows=(reserved_row(payer(request_id, at), amount_nano=AMOUNT, by_model={"gpt": AMOUNT}),),
    )


def finish_unit(request_id, at) -> Unit:
    values = finish_values(outcome="succeeded", finished_at_us=to_us(at))
    return Unit(
        finish=Finish(request_id, values),
        entries=(Entry("request.finished", request_id, to_us(at), b"{}"),),
        rows=settled_rows(payer(request_id, at), [Charge(1, "gpt", COST)], at_us=to_us(at)),
    )


async def client(
    money: LiveMoney, writer: GroupWriter, over: asyncio.Event, stale: asyncio.Event, draw: random.Random
) -> None:
    """Hold, claim, finish, settle, again and again. A claim that is refused for its epoch is `stale`."""
    while not over.is_set():
        request_id, at = uuid7(), timezone.now()

        def make(book: BudgetBook, request_id=request_id, at=at) -> Reservation:
            lines = book.lines(Payer(), "", AMOUNT, {"gpt": AMOUNT}, to_us(at))
            return Reservation(str(request_id), book.epoch, lines, lease_s=1.0)

        try:
            held = await money.hold(make)
        except CountersUnavailable:
            await asyncio.sleep(0.02)
            continue
        await asyncio.sleep(draw.random() / 10)
        if not isinstance(held, Reserved):
            continue
        committed = await writer.commit(claim_unit(request_id, at, held.epoch))
        if committed is Committed.STALE_EPOCH:
            stale.set()
            continue
        await asyncio.sleep(draw.random() / 50)
        await writer.commit(finish_unit(request_id, at))
        if draw.random() < 0.95:  # else this process "dies" before it settles
            with contextlib.suppress(CountersUnavailable):
                await money.settle(str(request_id), {"gpt": COST})


def standing_in_the_ledger() -> int:
    spent = LedgerEntry.objects.filter(kind__in=SPENT).aggregate(Sum("amount_nano"))["amount_nano__sum"] or 0
    return int(spent) + sum(hold.amount_nano for hold in open_holds())


async def traffic(url: str, writer: GroupWriter, trouble) -> None:
    """Clients at work while `trouble` happens; the ledger is looked at all the while.

    Trouble comes again until it has met a claim between its hold and its row, which is what it is for.
    """
    pipelines = [Pipeline(url) for _ in range(2)]
    for pipeline in pipelines:
        await pipeline.start()
    over, stale = asyncio.Event(), asyncio.Event()
    moneys = [LiveMoney(pipeline) for pipeline in pipelines]
    tasks = [
        asyncio.create_task(client(moneys[n % 2], writer, over, stale, random.Random(n)))
        for n in range(CLIENTS)
    ]
    watch = asyncio.create_task(watched(over))
    sweeping = asyncio.create_task(swept(url, over))
    for _ in range(MAX_TROUBLES):
        await trouble()
        if stale.is_set():
            break
    over.set()
    await asyncio.gather(*tasks)
    await sweeping
    assert await watch <= LIMIT
    assert stale.is_set()
    for pipeline in pipelines:
        await pipeline.stop()


async def watched(over: asyncio.Event) -> int:
    """The most that the ledger ever said was spent and held."""
    most = 0
    while not over.is_set():
        most = max(most, await in_thread(standing_in_the_ledger))
        await asyncio.sleep(0.01)
    return most


async def swept(url: str, over: asyncio.Event) -> None:
    """The beat of the sweeper."""
    while not over.is_set():
        with contextlib.suppress(CountersUnavailable):
            await in_thread(lambda: sweep(url))
        await asyncio.sleep(0.05)


async def in_thread(work):
    from django.db import connection

    def run():
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def heal(url: str) -> None:
    """What beat does: every lease ends, and the sweeper looks."""
    book = rebuild.ensure_trusted(url)
    with redis.Redis.from_url(url) as connected:
        for request_id in connected.zrange(space(book.epoch) + LEASES, 0, -1):
            connected.zadd(space(book.epoch) + LEASES, {request_id: 1})
    sweep(url)


async def test_wiping_valkey_under_load_overspends_nothing(valkey, writer) -> None:
    await in_thread(lambda: budget(limit="0.00001", window="total"))

    async def trouble() -> None:
        for _ in range(4):
            await asyncio.sleep(0.4)
            with redis.Redis.from_url(valkey) as connected:
                connected.flushall()
        await asyncio.sleep(0.4)

    await traffic(valkey, writer, trouble)
    await in_thread(lambda: heal(valkey))
    assert await in_thread(lambda: reconcile.compare(valkey, second_look_s=0)) == []
    assert standing_at_most(await in_thread(standing_in_the_ledger)) > 0


async def test_killing_valkey_under_load_overspends_nothing(server: Server, writer) -> None:
    await in_thread(lambda: budget(limit="0.00001", window="total"))

    async def trouble() -> None:
        for _ in range(2):
            await asyncio.sleep(0.5)
            server.kill()
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.start)
        await asyncio.sleep(0.5)

    await traffic(server.url, writer, trouble)
    await in_thread(lambda: heal(server.url))
    assert await in_thread(lambda: reconcile.compare(server.url, second_look_s=0)) == []
    assert standing_at_most(await in_thread(standing_in_the_ledger)) > 0


def standing_at_most(standing: int) -> int:
    assert standing <= LIMIT
    return standing


async def test_a_claim_from_before_the_loss_is_refused(valkey, writer, pipeline) -> None:
    await in_thread(lambda: budget(limit="0.00001", window="total"))
    money = LiveMoney(pipeline)
    await money.restore()
    request_id, at = uuid7(), timezone.now()

    def make(book: BudgetBook) -> Reservation:
        lines = book.lines(Payer(), "", AMOUNT, {}, to_us(at))
        return Reservation(str(request_id), book.epoch, lines)

    before = await money.hold(make)
    with redis.Redis.from_url(valkey) as connected:
        connected.flushall()
    after = await money.hold(make)
    assert after.epoch == before.epoch + 1
    assert not after.again
    assert await writer.commit(claim_unit(request_id, at, before.epoch)) is Committed.STALE_EPOCH
    assert await in_thread(LedgerEntry.objects.count) == 0
    assert await writer.commit(claim_unit(request_id, at, after.epoch)) is Committed.DONE
