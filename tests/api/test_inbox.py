"""What waits for an answer: woken once, never given an answer with a hole, never left waiting."""

import asyncio
from collections.abc import Callable

import pytest
import redis

from registry.services.wakeup import CHANNEL as CHANGED_CHANNEL
from routing.api.inbox import MAX_BUFFERED_BYTES, AnswerBroken, Inbox, SlowReader, Waiter
from routing.lane.messages import ANSWER_PREFIX, Frame, encode_frames


def frame(kind: str, seq: int, payload: bytes = b"x") -> Frame:
    return Frame("r", kind, payload, None, seq)


async def test_a_whole_answer_wakes_only_for_its_last_frame() -> None:
    waiter = Waiter(streams=False)
    waiter.put(frame("head", 0))
    waiter.put(frame("done", 1, b"{}"))
    assert (await waiter.next(1)).payload == b"{}"


async def test_frames_of_a_stream_come_in_order() -> None:
    waiter = Waiter(streams=True)
    for seq, kind in enumerate(("head", "chunk", "done")):
        waiter.put(frame(kind, seq))
    assert [(await waiter.next(1)).kind for _ in range(3)] == ["head", "chunk", "done"]


async def test_a_frame_that_comes_later_wakes_the_reader() -> None:
    waiter = Waiter(streams=True)
    asyncio.get_running_loop().call_later(0.01, waiter.put, frame("head", 0))
    assert (await waiter.next(5)).kind == "head"


async def test_nothing_comes_in_time() -> None:
    assert await Waiter(streams=True).next(0.01) is None


async def test_a_stream_with_a_hole_is_broken() -> None:
    waiter = Waiter(streams=True)
    waiter.put(frame("head", 0))
    waiter.put(frame("chunk", 2))
    with pytest.raises(AnswerBroken):
        await waiter.next(1)


async def test_a_stream_that_has_begun_does_not_survive_a_lost_connection() -> None:
    waiter = Waiter(streams=True)
    waiter.put(frame("head", 0))
    waiter.lose_connection()
    with pytest.raises(AnswerBroken):
        await waiter.next(1)


@pytest.mark.parametrize("streams", [True, False])
async def test_what_has_not_begun_survives_a_lost_connection(streams: bool) -> None:
    waiter = Waiter(streams=streams)
    asyncio.get_running_loop().call_later(0.01, waiter.lose_connection)
    assert await waiter.next(5) is None
    waiter.put(frame("done", 0))
    assert (await waiter.next(1)).kind == "done"


async def test_a_reader_that_is_too_slow_is_told() -> None:
    waiter = Waiter(streams=True)
    for seq in range(3):
        waiter.put(frame("chunk", seq, b"x" * (MAX_BUFFERED_BYTES // 2)))
    with pytest.raises(SlowReader):
        await waiter.next(1)


async def test_a_request_that_was_sent_again_counts_its_frames_from_the_start() -> None:
    waiter = Waiter(streams=True)
    waiter.put(frame("error", 0))
    await waiter.next(1)
    waiter.restart()
    waiter.put(frame("head", 0))
    assert (await waiter.next(1)).kind == "head"


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


async def test_a_lost_connection_is_made_again_and_whoever_waits_is_told(valkey: str) -> None:
    changed = asyncio.Event()
    inbox = Inbox(valkey, "web", on_change=changed.set)
    waiter = inbox.open("r", streams=False)
    inbox.start()
    with redis.Redis.from_url(valkey) as client:
        await until(lambda: inbox.connected)
        client.client_kill_filter(_type="pubsub")
        await until(lambda: waiter.lost_connection)
        await until(lambda: inbox.connected)
        client.publish(ANSWER_PREFIX + "web", encode_frames([frame("done", 0, b"{}")]))
        assert (await waiter.next(10)).payload == b"{}"
        client.publish(CHANGED_CHANNEL, "")
        await until(changed.is_set)
    await inbox.stop()
