"""The client of the hot path: answers in order, errors alone, and an end to every wait."""

import asyncio

import pytest
import redis

from billing import pipeline as pipeline_module
from billing.errors import CountersUnavailable, ValkeyBusy, ValkeyDisconnected, ValkeyError, ValkeyTimeout
from billing.pipeline import Pipeline
from billing.scripts import Script


async def test_many_commands_of_one_tick_are_answered_in_order(pipeline: Pipeline) -> None:
    answers = await asyncio.gather(*(pipeline.execute("ECHO", str(n)) for n in range(1_000)))
    assert answers == [str(n).encode() for n in range(1_000)]


async def test_commands_of_one_tick_go_out_in_one_write(pipeline: Pipeline, monkeypatch) -> None:
    writes = []
    link = pipeline._link
    write = link.write
    monkeypatch.setattr(link, "write", lambda data: (writes.append(data), write(data)))
    await asyncio.gather(*(pipeline.execute("PING") for _ in range(50)))
    assert len(writes) == 1


async def test_an_error_belongs_to_its_command_alone(pipeline: Pipeline) -> None:
    answers = await asyncio.gather(
        pipeline.execute("SET", "text", "x"),
        pipeline.execute("INCR", "text"),
        pipeline.execute("GET", "text"),
        return_exceptions=True,
    )
    assert answers[0] == b"OK"
    assert isinstance(answers[1], ValkeyError)
    assert answers[2] == b"x"


async def test_a_command_that_nobody_awaits_any_more_shifts_no_answer(pipeline: Pipeline) -> None:
    first, second = pipeline.execute("ECHO", "first"), pipeline.execute("ECHO", "second")
    first.cancel()
    assert await second == b"second"


async def test_a_script_that_the_server_lost_is_sent_again(pipeline: Pipeline) -> None:
    script = Script("return 7", "8eff21341e7c1a4fbd2cbb4b0b3ba3a9a3e1a5a0")
    assert await pipeline.evalsha(script, ()) == 7


async def test_the_run_id_is_the_servers(valkey, pipeline: Pipeline) -> None:
    with redis.Redis.from_url(valkey) as client:
        assert pipeline.run_id == client.info("server")["run_id"]


async def test_a_broken_connection_fails_what_was_sent_and_is_made_again(valkey) -> None:
    seen: list[str] = []
    pipeline = Pipeline(valkey, on_server=seen.append)
    await pipeline.start()
    blocked = pipeline.execute("BLPOP", "nothing", 0)
    await asyncio.sleep(0.05)  # it is on its way
    with redis.Redis.from_url(valkey) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(ValkeyDisconnected):
        await blocked
    assert await pipeline.execute("PING") == b"PONG"
    assert len(seen) == 2
    await pipeline.stop()


async def test_a_server_that_does_not_answer_is_a_timeout(valkey) -> None:
    pipeline = Pipeline(valkey, timeout_s=0.2)
    await pipeline.start()
    with pytest.raises(ValkeyTimeout):
        await pipeline.execute("BLPOP", "nothing", 0)
    assert await pipeline.execute("PING") == b"PONG"
    await pipeline.stop()


async def test_without_a_server_every_wait_ends() -> None:
    pipeline = Pipeline("redis://127.0.0.1:1/0", timeout_s=0.2)
    await pipeline.start()
    assert not pipeline.connected
    with pytest.raises(CountersUnavailable):
        await pipeline.execute("PING")
    await pipeline.stop()


async def test_commands_wait_for_the_first_connection(valkey) -> None:
    pipeline = Pipeline(valkey)
    starting = asyncio.create_task(pipeline.start())
    await asyncio.sleep(0)
    assert await pipeline.execute("PING") == b"PONG"
    await starting
    await pipeline.stop()


async def test_too_many_waiting_commands_are_refused(valkey) -> None:
    pipeline = Pipeline(valkey, max_waiting=2)
    await pipeline.start()
    waiting = [pipeline.execute("PING"), pipeline.execute("PING")]
    with pytest.raises(ValkeyBusy):
        pipeline.execute("PING")
    assert await asyncio.gather(*waiting) == [b"PONG", b"PONG"]
    await pipeline.stop()


async def test_too_many_bytes_are_refused(pipeline: Pipeline, monkeypatch) -> None:
    monkeypatch.setattr(pipeline_module, "MAX_BUFFERED_BYTES", 100)
    with pytest.raises(ValkeyBusy):
        pipeline.execute("ECHO", "x" * 100)


async def test_stopping_ends_every_wait(valkey) -> None:
    pipeline = Pipeline(valkey)
    await pipeline.start()
    blocked = pipeline.execute("BLPOP", "nothing", 0)
    await pipeline.stop()
    with pytest.raises(ValkeyDisconnected):
        await blocked
    with pytest.raises(ValkeyDisconnected):
        pipeline.execute("PING")


async def test_another_database_and_a_password_are_used(valkey) -> None:
    with redis.Redis.from_url(valkey) as client:
        client.acl_setuser("tester", enabled=True, passwords=["+secret"], commands=["+@all"], keys=["*"])
    url = valkey.replace("redis://", "redis://tester:secret@").replace("/0", "/3")
    pipeline = Pipeline(url)
    await pipeline.start()
    await pipeline.execute("SET", "here", 1)
    await pipeline.stop()
    with redis.Redis.from_url(valkey.replace("/0", "/3")) as client:
        assert client.get("here") == b"1"
        client.acl_deluser("tester")
