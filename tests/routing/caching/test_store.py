"""Where answers are kept: found by name alone, bounded, unreadable to others, and gone once purged."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import redis

from billing.pipeline import Pipeline
from routing.caching import store
from routing.caching.store import Answers, Kept, purge

TEXT = b'{"choices":[{"message":{"content":"forty-two"}}]}'
TAGS = (store.application_tag("a"), store.policy_tag("p"), store.version_tag("m", "1"))
Keep = Callable[..., Awaitable[bool]]


@pytest.fixture
async def answers(valkey: str) -> AsyncIterator[Answers]:
    pipeline = Pipeline(valkey)
    await pipeline.start()
    yield Answers(pipeline)
    await pipeline.stop()


@pytest.fixture
def keep(answers: Answers) -> Keep:
    async def keep(name: str, text: bytes = TEXT, **more: object) -> bool:
        begun = await answers.find(name)
        assert begun is not None
        kept = Kept(name, "r-" + name, 1, text, {"model": "m"}, ("d",), 1, 2, 3)
        return await answers.keep(kept, **{"begun": begun, "tags": TAGS, "ttl_s": 60, **more})  # type: ignore[arg-type]

    return keep


async def text_of(answers: Answers, name: str) -> bytes | None:
    found = await answers.find(name)
    return found.kept.completion if found and found.kept else None


async def test_what_is_kept_is_found_under_its_name_alone(answers: Answers, keep: Keep) -> None:
    assert await keep("one")
    assert await text_of(answers, "one") == TEXT
    assert await text_of(answers, "two") is None


async def test_whoever_reads_valkey_reads_nothing(answers: Answers, keep: Keep, valkey: str) -> None:
    await keep("one", place="here", question="What is the answer?")
    with redis.Redis.from_url(valkey) as client:
        values = [client.dump(key) for key in client.keys("*")]
    assert not any(b"forty-two" in value or b"answer?" in value for value in values)  # type: ignore[operator]


async def test_an_entry_that_was_moved_is_none(answers: Answers, keep: Keep, valkey: str) -> None:
    await keep("one")
    with redis.Redis.from_url(valkey) as client:
        client.rename(answers._entry("one"), answers._entry("two"))
    assert await text_of(answers, "two") is None


@pytest.mark.parametrize("tag", [store.EVERYTHING, *TAGS])
async def test_what_is_purged_is_gone(answers: Answers, keep: Keep, valkey: str, tag: str) -> None:
    await keep("one", place="here", question="What?")
    with redis.Redis.from_url(valkey) as client:
        assert purge(client, tag) == 1
        assert not client.keys(store.PREFIX + "[en]:*")
    assert await text_of(answers, "one") is None
    assert await answers.near("here") == []


async def test_a_purge_of_something_else_leaves_it(answers: Answers, keep: Keep, valkey: str) -> None:
    await keep("one")
    with redis.Redis.from_url(valkey) as client:
        assert purge(client, store.policy_tag("other")) == 0
    assert await text_of(answers, "one") == TEXT


async def test_what_was_on_its_way_when_it_was_purged_is_not_kept(
    answers: Answers, keep: Keep, valkey: str
) -> None:
    begun = await answers.find("one")
    with redis.Redis.from_url(valkey) as client:
        purge(client, store.application_tag("a"))
    assert not await keep("one", begun=begun)
    assert await keep("one")


async def test_lost_marks_take_everything_with_them(answers: Answers, keep: Keep, valkey: str) -> None:
    await keep("one")
    with redis.Redis.from_url(valkey) as client:
        client.delete(store.MARKS)
    assert await text_of(answers, "one") is None


async def test_the_oldest_make_room(answers: Answers, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_ENTRIES", 3)
    for number in range(5):
        await keep(str(number), ttl_s=60 + number)
    assert [await text_of(answers, str(number)) is not None for number in range(5)] == [
        *(False, False),
        *(True, True, True),
    ]


async def test_bytes_are_bounded_too(
    answers: Answers, keep: Keep, monkeypatch: pytest.MonkeyPatch, valkey: str
) -> None:
    monkeypatch.setattr(store, "MAX_BYTES", 2_000)
    kept = [await keep(str(number), b"x" * 500) for number in range(4)]
    assert kept == [True] * 4
    assert not await keep("large", b"x" * 3_000)
    with redis.Redis.from_url(valkey) as client:
        assert int(client.hget(store.SIZES, "total") or 0) <= 2_000  # type: ignore[arg-type]


async def test_one_leads_until_it_leaves(answers: Answers) -> None:
    leaders = [await answers.find("one", lease=name, lease_s=60) for name in ("first", "second")]
    assert [found and found.leader for found in leaders] == ["first", "first"]
    await answers.leave("one", "second")
    await answers.leave("one", "first")
    found = await answers.find("one", lease="second", lease_s=60)
    assert found is not None
    assert found.leader == "second"


async def test_keeping_ends_the_lease(answers: Answers, keep: Keep) -> None:
    await answers.find("one", lease="first", lease_s=60)
    await keep("one", lease="first")
    found = await answers.find("one", looks=False)
    assert found is not None
    assert (found.leader, found.kept) == ("", None)


async def test_without_valkey_nothing_is_found_and_nothing_raises() -> None:
    pipeline = Pipeline("redis://127.0.0.1:1/0", timeout_s=0.05)
    await pipeline.start()
    answers = Answers(pipeline)
    assert await answers.find("one") is None
    assert await asyncio.wait_for(answers.near("here"), 5) == []
    await pipeline.stop()
