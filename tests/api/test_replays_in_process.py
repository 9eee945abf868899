"""A key and its answer where things go wrong around them: who asked leaves, Valkey is slow, much runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from billing.errors import ValkeyTimeout
from routing import runtime as runtimes
from routing.api import replays
from routing.api.errors import ApiError
from routing.api.idempotency import Idempotency, Record, Slot, slot_for
from routing.api.labels import Labels
from routing.api.stream import EventStream
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT_REPLY

ASK: Any = SimpleNamespace(
    reply=CHAT_REPLY,
    body=SimpleNamespace(request={}),
    labels=Labels(),
    consumer=SimpleNamespace(application_id="invoices"),
    request_id="01a204cb-b03a-77f3-ab62-29fc431326b8",
    accepted_us=1,
)


class Unconfirmed(Idempotency):
    """Valkey takes the key, and its answer is lost."""

    async def begin(self, slot: Slot) -> Record | None:
        await super().begin(slot)
        raise ValkeyTimeout


@pytest_asyncio.fixture
async def runtime(valkey: str, settings: Any) -> AsyncIterator[Runtime]:
    settings.REDIS_URL = valkey
    made = Runtime()
    await made.valkey.start()
    yield made
    await in_background(made)
    await made.valkey.stop()


async def in_background(runtime: Runtime) -> None:
    await asyncio.gather(*runtime._background)


async def never(*_: Any) -> Any:
    raise AssertionError("nothing may run")


def once(runtime: Runtime, run: Any = never, answer: Any = never) -> Any:
    return replays.once(runtime, "key", ASK, run=run, answer=answer)


async def is_free(runtime: Runtime) -> bool:
    await in_background(runtime)
    slot = slot_for("invoices", "key", body=b"", request_id="", now_us=1)
    return await runtime.idempotency.read(slot) is None


async def test_a_client_that_leaves_while_its_key_is_taken_leaves_it_free(runtime: Runtime) -> None:
    asking = asyncio.create_task(once(runtime))
    await asyncio.sleep(0)  # the key is asked for by now
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await is_free(runtime)


async def test_a_key_that_was_taken_without_an_answer_is_free_again(runtime: Runtime) -> None:
    runtime.idempotency = Unconfirmed(runtime.valkey)
    with pytest.raises(ApiError) as refused:
        await once(runtime)
    assert refused.value.code == "service_unavailable"
    assert await is_free(runtime)


async def test_a_stream_under_a_key_comes_to_its_end_however_much_is_running(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "MAX_BACKGROUND", 1)

    async def parts() -> AsyncGenerator[bytes, None]:
        yield b"one"
        yield b"two"

    async def run() -> None:
        return None

    async def answer(_: None) -> EventStream:
        return EventStream(parts(), {})

    given = await once(runtime, run, answer)
    async with asyncio.timeout(10):
        assert [part async for part in given.parts] == [b"one", b"two"]
