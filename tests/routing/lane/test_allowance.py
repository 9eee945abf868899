"""A provider that says beside its answer that nothing is left: nobody meets its 429."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from lane_cast import call, plan

from audit.models import Attempt, Entry
from routing.lane.health import STATE_PREFIX

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def told_of(request_id: str) -> tuple[list[str], list[object]]:
    """Which deployments were tried, and what was recorded of their limits."""
    entries = Entry.objects.filter(request_id=request_id, event_type="attempt.finished")
    tried = Attempt.objects.filter(request_id=request_id).order_by("number")
    allowances = [json.loads(entry.body)["data"].get("allowance") for entry in entries]
    return list(tried.values_list("deployment", "outcome")), allowances


async def rests(server, deployment: str) -> None:
    """Returns once every worker knows; what is told goes out a moment after the answer."""
    async with asyncio.timeout(10):
        while not float(server.hget(STATE_PREFIX + deployment, "cool_until") or 0):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_deployment_with_nothing_left_rests_until_something_is(
    start_lane, web, provider, server, stream
):
    await start_lane()
    first = await web.ask(call(plan("a", "b"), "hello [[demo:left=0]]", stream=stream))
    await rests(server, "a")
    second = await web.ask(call(plan("a", "b", attempts=1), "hello", stream=stream))
    assert await told_of(first.last.request_id) == ([("a", "ok")], [{"requests": 0, "tokens": None}])
    tried, _ = await told_of(second.last.request_id)
    assert [name for name, outcome in tried if outcome == "ok"] == ["b"]
    assert provider.stats.requests == 2


async def test_a_deployment_with_something_left_goes_on(start_lane, web):
    await start_lane()
    await web.ask(call(plan("a", "b"), "hello [[demo:left=1]]"))
    heard = await web.ask(call(plan("a", "b"), "hello"))
    assert heard.last.meta["deployment"] == "a"
