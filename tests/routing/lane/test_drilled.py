"""A drill lets one provider fail for its own request: that falls back, and nobody else hears of it."""

import pytest
import redis
from lane_cast import call
from routed import deployments, planned, policies, told

from routing.core.execution import DRILLED

pytestmark = pytest.mark.django_db(transaction=True)
ROUTES = ["model a\nmodel b", "cascade\n  gate answered\n  model a\n  model b"]


@pytest.fixture
def drilled(start_lane, web, provider):
    async def ask(route: str, drill: str, **bounds: object):
        made, rules = deployments(provider.url), policies(route, **bounds)
        await start_lane(*made, policies=rules, default_policy="standard")
        heard = await web.ask(call(planned(made, rules), "hello", drill=drill))
        return await told(heard.last.request_id)

    return ask


@pytest.mark.parametrize("route", ROUTES)
async def test_the_drilled_provider_is_not_called_and_the_next_answers(drilled, provider, route):
    found = await drilled(route, "p-a")
    assert found.tried == [("a", "failed"), ("b", "ok")]
    assert {attempt.model for attempt in found.attempts if attempt.cost_nano} == {"b"}
    assert found.attempts[0].error_message == DRILLED
    assert not found.of("attempt.finished", 1)["attempt"]["called"]
    assert found.row.outcome == "succeeded"


async def test_it_fails_as_often_as_one_that_is_down(drilled):
    found = await drilled(ROUTES[0], "p-a", max_attempts_per_call=2)
    assert found.tried == [("a", "failed"), ("a", "failed"), ("b", "ok")]


async def test_where_all_fail_the_request_does(drilled):
    found = await drilled("model a", "p-a")
    assert (found.row.outcome, found.row.error_code) == ("failed", "upstream_error")
    assert not found.row.cost_nano


@pytest.mark.parametrize("drill", ["", "p-elsewhere"])
async def test_without_the_marker_nothing_fails(drilled, drill):
    found = await drilled(ROUTES[0], drill)
    assert found.tried == [("a", "ok")]


async def test_the_breaker_hears_nothing_of_it(drilled, valkey):
    await drilled(ROUTES[0], "p-a")
    with redis.Redis.from_url(valkey) as client:
        assert client.hget("sb:health", "a") is None
