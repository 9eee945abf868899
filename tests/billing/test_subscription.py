"""What is published reaches a callback in order, and a line that ends is known to have ended."""

import asyncio

import pytest
import redis

from billing.connection import open_link
from billing.errors import ValkeyDisconnected, ValkeyError
from billing.subscription import Subscription

WAIT_S = 10


class Ear:
    """Keeps what it hears; `heard` and `lost` are for waiting."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        self.lost = asyncio.Event()

    async def open(self, url: str) -> Subscription:
        line, _ = await open_link(
            url, lambda: Subscription(lambda *said: self.heard.put_nowait(said), lambda _: self.lost.set())
        )
        return line


async def test_messages_come_in_order_and_with_their_channel(valkey: str) -> None:
    ear = Ear()
    line = await ear.open(valkey)
    await line.subscribe("one", "two")
    with redis.Redis.from_url(valkey) as client:
        for number in range(100):
            client.publish(("one", "two")[number % 2], number)
    async with asyncio.timeout(WAIT_S):
        said = [await ear.heard.get() for _ in range(100)]
    assert said == [((b"one", b"two")[number % 2], b"%d" % number) for number in range(100)]
    line.close()


async def test_an_answer_to_a_ping_is_something_heard(valkey: str) -> None:
    ear = Ear()
    line = await ear.open(valkey)
    await line.subscribe("one")
    line.heard_at_s = 0.0
    line.ping()
    async with asyncio.timeout(WAIT_S):
        while not line.heard_at_s:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)
    assert line.open
    line.close()


async def test_a_line_that_the_server_ends_is_told_to_be_lost(valkey: str) -> None:
    ear = Ear()
    line = await ear.open(valkey)
    await line.subscribe("one")
    with redis.Redis.from_url(valkey) as client:
        client.client_kill_filter(_type="pubsub")
    async with asyncio.timeout(WAIT_S):
        await ear.lost.wait()
    assert not line.open


async def test_whoever_waits_to_be_subscribed_hears_that_it_will_not_be(valkey: str) -> None:
    line = await Ear().open(valkey)
    waiting = line.subscribe("one")
    line.close()
    with pytest.raises(ValkeyDisconnected):
        await waiting


async def test_a_channel_that_may_not_be_heard_is_refused(valkey: str) -> None:
    with redis.Redis.from_url(valkey) as client:
        client.acl_setuser("deaf", enabled=True, nopass=True, commands=["+@all"], keys=["*"])
        line = await Ear().open(valkey.replace("://", "://deaf:any@"))
        with pytest.raises(ValkeyError, match="NOPERM"):
            await line.subscribe("one")
        client.acl_deluser("deaf")
    assert not line.open
