"""A hit that can't be counted or recorded is not given."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from audit.core.ids import uuid7
from audit.core.records import Committed, Unit
from audit.errors import RegisterUnavailable
from billing.core.budgets import BudgetBook
from billing.errors import CountersUnavailable
from billing.live import Denied, Reservation, Reserved
from registry.directory import Consumer
from routing import admission
from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.ask import Ask
from routing.caching.looking import Hit
from routing.caching.store import Kept
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.record import Judged
from routing.runtime import Runtime
from routing.surfaces.chat import CHAT
from tests.routing.core import builders

RELEASE = builders.release(builders.deployment("a"))
LIMITED = Consumer(
    *("k", "p", "", "app-a", "app-id", "team-a", "t", frozenset(), "internal", None),
    requests_per_min=5,
    tokens_per_min=None,
    expires_at_us=None,
)
SOURCE = str(uuid7())
MESSAGE = {"role": "assistant", "content": "Paris."}
COMPLETION = {"id": "x", "model": "a", "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]}
SERVED = {"model": "a", "model_version": "v1", "deployment": "a", "provider": "acme"}
HIT = Hit("exact", Kept("n", SOURCE, 1, msgspec.json.encode(COMPLETION), SERVED, ("a",), 3, 2, 70))


class Money:
    """Holds nothing but the key's limits, and says what it is told to."""

    def __init__(self, says: Any) -> None:
        self.says = says
        self.settled: list[int | None] = []

    async def hold(self, make: Any) -> Any:
        reservation: Reservation = make(BudgetBook(7))
        assert (reservation.lines, reservation.dispatch) == ((), None)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def settle(self, request_id: str, amounts: dict[str, int], *, tokens: int | None) -> Any:
        assert amounts == {}
        self.settled.append(tokens)
        return SimpleNamespace(add_done_callback=lambda _: None)


class Writer:
    def __init__(self, says: Any = Committed.DONE) -> None:
        self.says = says
        self.units: list[Unit] = []

    async def commit(self, unit: Unit) -> Any:
        self.units.append(unit)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def given(money: Money, writer: Writer, *, stream: bool = False) -> admission.Admitted:
    said = {"model": "auto", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
    body, reply = CHAT.read(msgspec.json.encode({**said, "stream": stream}))
    ask = Ask(uuid7(), 1, LIMITED, body, Labels(), reply)
    facts, live = builders.facts(request_id=str(ask.request_id)), builders.live()
    judged = Judged(RELEASE, facts, live, decide(RELEASE, facts, live))
    runtime = cast(Runtime, SimpleNamespace(money=money, writer=writer))
    return await admission._given(runtime, ask, judged, cast(Plan, judged.decision), HIT)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_hit_is_one_unit_that_begins_and_ends_it(stream: bool) -> None:
    money, writer = Money(Reserved(7, full_in_us=(12,))), Writer()
    admitted = await given(money, writer, stream=stream)
    (unit,) = writer.units
    assert [entry.event_type for entry in unit.entries] == ["request.accepted", "request.finished"]
    assert None not in (unit.claim, unit.finish)
    assert money.settled == [5]
    assert (admitted.cache, admitted.saved_nano, admitted.frames[-1].kind) == ("hit", 70, "done")
    assert [frame.seq for frame in admitted.frames] == list(range(len(admitted.frames)))


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (Denied("rate", "sb:rate:key:p:requests", 3.0), "rate_limit_exceeded"),
        (CountersUnavailable(), "service_unavailable"),
    ],
)
async def test_what_can_not_be_counted_is_refused_on_record(says: Any, code: str) -> None:
    writer = Writer()
    with pytest.raises(ApiError) as refused:
        await given(Money(says), writer)
    assert refused.value.code == code
    assert [entry.event_type for unit in writer.units for entry in unit.entries] == ["request.refused"]


@pytest.mark.parametrize("says", [RegisterUnavailable(), Committed.CLAIM_LOST])
async def test_what_is_not_on_record_is_not_given(says: Any) -> None:
    with pytest.raises(ApiError) as refused:
        await given(Money(Reserved(7)), Writer(says))
    assert refused.value.code == "service_unavailable"


async def test_without_limits_nothing_is_held() -> None:
    unlimited = replace(LIMITED, requests_per_min=None)
    assert admission.rate_lines(unlimited, builders.facts()) == ()
