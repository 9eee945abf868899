"""Several calls of one request at once: whatever ends them, each is on record and none is left behind."""

import asyncio

import pytest
from lane_cast import call
from routed import deployments, finished, planned, policies

from audit.errors import RegisterUnavailable
from registry.directory import Directory

pytestmark = pytest.mark.django_db(transaction=True)

VOTE = "ensemble by vote\n  model a\n  model b\n  model c"
SLOW = "x [[demo:delay_ms=8000]]"


@pytest.fixture
def begin(start_lane, web, provider):
    """Starts a lane and sends one request by a route; (the lane, the request's id)."""

    async def of(route, text, **given):
        made, rules = deployments(provider.url), policies(route, **given)
        lane = await start_lane(*made, policies=rules, default_policy="standard")
        return lane, await web.dispatch(call(planned(made, rules), text))

    return of


async def in_flight(provider, count):
    async with asyncio.timeout(10):
        while provider.stats.in_flight != count:  # noqa: ASYNC110 - another's counter
            await asyncio.sleep(0.01)


async def test_members_are_called_at_once(begin, web, provider):
    _, request_id = await begin(VOTE, "[[say:demo-a=1]][[say:demo-b=1]][[say:demo-c=2]][[demo:delay_ms=200]]")
    heard = await web.ended(request_id)
    told = await finished(request_id)
    assert heard.kinds == ["done"]
    assert provider.stats.max_in_flight == 3
    starts = [body["event"] for body in told.entries].index("attempt.finished")
    assert [body["event"] for body in told.entries[1:starts]] == ["attempt.started"] * 3


async def test_a_client_that_leaves_ends_them_all(begin, web, provider):
    _, request_id = await begin(VOTE, SLOW)
    await in_flight(provider, 3)
    await web.cancel(request_id)
    heard = await web.ended(request_id)
    told = await finished(request_id)
    assert heard.code == told.row.error_code == "request_cancelled"
    assert [outcome for _, outcome in told.tried] == ["cancelled"] * 3
    assert told.row.cost_nano == sum(attempt.cost_nano for attempt in told.attempts) > 0
    await in_flight(provider, 0)


async def test_a_suspension_ends_the_one_that_it_names(begin, web, provider):
    lane, request_id = await begin(VOTE, "[[say:demo-a=1]][[say:demo-b=1]][[demo:delay_ms=400]]")
    await in_flight(provider, 3)
    subject = frozenset({"deployment:c"})
    lane._adopt(Directory(99, {}, subject, subject))
    heard = await web.ended(request_id)
    told = await finished(request_id)
    assert heard.kinds == ["done"]
    assert sorted((attempt.deployment, attempt.error_kind) for attempt in told.attempts) == [
        ("a", ""),
        ("b", ""),
        ("c", "suspended"),
    ]


async def test_each_member_is_tried_again_on_its_own(begin, web, provider):
    text = "[[say:demo-a=1]][[say:demo-b=1]][[say:demo-c=1]][[demo:status=500,first=1,fail_model=demo-a]]"
    route = VOTE.replace("vote", "vote\n  quorum 3")
    _, request_id = await begin(route, text, max_attempts_per_call=2)
    heard = await web.ended(request_id)
    told = await finished(request_id)
    assert heard.kinds == ["done"]
    assert sorted(told.tried) == [("a", "failed"), ("a", "ok"), ("b", "ok"), ("c", "ok")]
    assert {attempt.path for attempt in told.attempts} == {"0.0", "0.1", "0.2"}


@pytest.mark.parametrize("refused", [1, 2])
async def test_no_call_is_made_whose_start_is_not_recorded(
    begin, web, provider, monkeypatch, start_lane, refused
):
    made, rules = deployments(provider.url), policies(VOTE)
    lane = await start_lane(*made, policies=rules, default_policy="standard")
    commit, starts = lane.register.commit, 0

    async def refuse(unit):
        nonlocal starts
        starts += unit.finish is None
        if unit.finish is None and starts == refused:
            raise RegisterUnavailable
        return await commit(unit)

    monkeypatch.setattr(lane.register, "commit", refuse)
    request_id = await web.dispatch(call(planned(made, rules), SLOW))
    heard = await web.ended(request_id)
    assert heard.code == "service_unavailable"
    assert provider.stats.requests < 3
    await in_flight(provider, 0)
    if refused > 1:
        told = await finished(request_id)
        assert (told.row.outcome, told.row.error_code) == ("failed", "service_unavailable")
        begun = [body for body in told.entries if body["event"] == "attempt.started"]
        assert len(begun) == len(told.attempts) == told.row.attempts
