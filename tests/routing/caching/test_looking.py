"""Near answers, from the first question to the comparison: given only while the evidence allows it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from audit.core.ids import uuid7
from audit.core.records import Committed, Unit
from billing.pipeline import Pipeline
from registry.directory import Consumer
from routing.api.labels import Labels
from routing.ask import Ask
from routing.caching import looking
from routing.caching.cache import Cache
from routing.caching.looking import Looked, look, stands
from routing.core.caching.settings import Caching, Mode
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.release import DataClass
from routing.lane.messages import Frame
from routing.record import Judged
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT
from tests.routing.core import builders

CLASSES = {"public": DataClass("public", 0, store_content=True), "internal": DataClass("internal", 10)}
RELEASE = builders.release(builders.deployment("a"), builders.deployment("b"), data_classes=CLASSES)
CONSUMER = Consumer(
    "k", "p", "", "app-a", "app-id", "team-a", "t", frozenset(), "internal", None, None, None, None
)
COMPARED = UUID(int=looking.COMPARED_ONE_IN * 10**20)  # one of those that are answered live all the same
QUESTION, NEAR = "What is the capital of France?", "Hello! What's the capital of France, please?"


@dataclass
class Web:
    """What `look` asks of a web process: a cache, a writer, and work that goes on behind."""

    cache: Cache
    units: list[Unit] = field(default_factory=list)
    tasks: list[Any] = field(default_factory=list)
    allows: bool = True

    def background(self, work: Any) -> Any:
        self.tasks.append(asyncio.ensure_future(work))
        return self.tasks[-1]

    @property
    def writer(self) -> "Web":
        return self

    async def commit(self, unit: Unit) -> Committed:
        self.units.append(unit)
        return Committed.DONE

    async def settled(self) -> None:
        await asyncio.gather(*self.tasks)


@pytest.fixture
async def web(valkey: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    pipeline = Pipeline(valkey)
    await pipeline.start()
    web = Web(Cache(pipeline))

    async def allows(*_: Any) -> bool:
        return web.allows

    monkeypatch.setattr(web.cache.evidence, "allows", allows)
    yield web
    await pipeline.stop()


def judged(**live: Any) -> Judged:
    facts, now = builders.facts(), replace(builders.live(), **live)
    return Judged(RELEASE, facts, now, decide(RELEASE, facts, now))


async def looked(web: Web, text: str, how: Mode | Caching, request_id: UUID | None = None) -> Looked:
    said = {"model": "auto", "messages": [{"role": "user", "content": text}], "temperature": 0}
    body, reply = CHAT.read(msgspec.json.encode(said))
    ask = Ask(request_id or UUID(int=uuid7().int | 1), 1, CONSUMER, body, Labels(), reply)
    decided = judged()
    plan = cast(Plan, decided.decision)
    caching = how if isinstance(how, Caching) else Caching(how)
    return await look(cast(Runtime, web), ask, decided, plan, caching)


async def answered(web: Web, found: Looked, text: str = "Paris.") -> None:
    """The worker's answer comes by."""
    assert found.keeping is not None
    message = {"role": "assistant", "content": text}
    said = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    meta = {"model": "a", "model_version": "v1", "deployment": "a", "cost_nano": 7}
    found.keeping.whole(Frame("r", "done", msgspec.json.encode(said), meta))
    await web.settled()


@pytest.mark.parametrize(
    ("mode", "allows", "request_id", "told"),
    [
        (Mode.EXACT, True, None, "miss"),
        (Mode.SHADOW, True, None, "shadow"),
        (Mode.SEMANTIC, False, None, "shadow"),
        (Mode.SEMANTIC, True, COMPARED, "shadow"),
        (Mode.SEMANTIC, True, None, "hit"),
    ],
)
async def test_a_near_answer_is_given_only_where_all_agree(
    web: Web, mode: Mode, allows: bool, request_id: UUID | None, told: str
) -> None:
    web.allows = allows
    await answered(web, await looked(web, QUESTION, mode))
    found = await looked(web, NEAR, mode, request_id)
    assert found.told == told
    assert (found.hit.kind if found.hit else "") == ("semantic" if told == "hit" else "")


@pytest.mark.parametrize(("text", "is_same"), [("paris", True), ("Lyon", False)])
async def test_what_was_compared_is_on_record(web: Web, text: str, is_same: bool) -> None:
    await answered(web, await looked(web, QUESTION, Mode.SHADOW))
    await answered(web, await looked(web, NEAR, Mode.SHADOW), text)
    (unit,) = web.units
    body = msgspec.json.decode(unit.entries[0].body)
    assert (unit.entries[0].event_type, body["is_same"]) == ("cache.compared", is_same)
    assert unit.rows[0].table == "cache_comparison"


JOINS = Caching(Mode.OFF, joins=True, sampled=True)


@pytest.mark.parametrize("fails", [False, True])
async def test_who_waits_gets_the_answer_of_the_first_or_runs_alone(web: Web, fails: bool) -> None:
    first = await looked(web, QUESTION, JOINS)
    second = asyncio.ensure_future(looked(web, QUESTION, JOINS))
    await asyncio.sleep(0.05)
    assert not second.done()
    if fails:
        assert first.keeping is not None
        first.keeping.closed()
    else:
        await answered(web, first)
    found = await second
    assert found.waited
    assert (found.hit.kind if found.hit else found.told) == ("miss" if fails else "in_flight")
    assert (await looked(web, QUESTION, JOINS)).told == "miss"


async def test_those_in_other_processes_get_it_too(web: Web) -> None:
    """Nobody wakes them: they look."""
    elsewhere = Web(Cache(web.cache.answers._valkey))
    first = await looked(web, QUESTION, JOINS)
    second = asyncio.ensure_future(looked(elsewhere, QUESTION, JOINS))
    await asyncio.sleep(0.05)
    await answered(web, first)
    found = await second
    assert found.hit is not None
    assert found.hit.kind == "in_flight"


async def test_nobody_waits_for_ever(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MAX_JOIN_S", 0.1)
    await looked(web, QUESTION, JOINS)
    assert (await looked(web, QUESTION, JOINS)).told == "miss"


@pytest.mark.parametrize(
    "meta", [{"deployment": "b"}, {"deployment": "a", "route": ["0:level", "0.1:latency_budget"]}]
)
async def test_an_answer_that_another_would_better_is_not_kept(web: Web, meta: dict[str, Any]) -> None:
    """Of a fallback, or with steps that were skipped."""
    found = await looked(web, QUESTION, Mode.EXACT)
    assert found.keeping is not None
    said = {"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]}
    found.keeping.whole(Frame("r", "done", msgspec.json.encode(said), meta))
    await web.settled()
    assert (await looked(web, QUESTION, Mode.EXACT)).told == "miss"


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_an_answer_that_was_cut_short_is_not_kept(web: Web, finish: str) -> None:
    found = await looked(web, QUESTION, Mode.EXACT)
    assert found.keeping is not None
    said = {"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": finish}]}
    found.keeping.whole(Frame("r", "done", msgspec.json.encode(said), {"deployment": "a"}))
    await web.settled()
    assert (await looked(web, QUESTION, Mode.EXACT)).told == "miss"


@pytest.mark.parametrize(
    ("now", "may"),
    [
        ({}, True),
        ({"suspended": frozenset({"deployment:a"})}, False),
        ({"suspended": frozenset({"route:std"})}, False),
        ({"health": {"a": builders.Health(breaker="open")}}, False),
    ],
)
async def test_a_hit_stands_only_while_its_source_could_serve(
    web: Web, now: dict[str, Any], may: bool
) -> None:
    await answered(web, await looked(web, QUESTION, Mode.EXACT))
    found = await looked(web, QUESTION, Mode.EXACT)
    assert found.hit is not None
    assert stands(found.hit, judged(), judged(**now)) is may


async def test_a_hit_of_another_release_never_stands(web: Web) -> None:
    await answered(web, await looked(web, QUESTION, Mode.EXACT))
    found = await looked(web, QUESTION, Mode.EXACT)
    assert found.hit is not None
    other = replace(judged(), release=replace(RELEASE, digest="another"))
    assert not stands(found.hit, judged(), other)
