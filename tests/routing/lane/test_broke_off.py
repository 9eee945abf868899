"""Answers that break off after the model began: what it made has to be paid, whatever the provider says."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from lane_cast import WORST_NANO, call, deployment, plan

from audit.models import Attempt
from tests.routing.lane.conftest import served

pytestmark = pytest.mark.django_db(transaction=True)
BEGUN: dict[str, Any] = {"id": "1", "model": "demo-a", "choices": [{"index": 0, "delta": {"content": "Hel"}}]}


def _gateway(*said: Any, stalls: bool = False) -> Any:
    """Sends these chunks under status 200, as gateways do whose upstream fails in the middle."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        kind = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        body = b"".join(b"data: %s\n\n" % json.dumps(chunk).encode() for chunk in said)
        await send({"type": "http.response.body", "body": body, "more_body": stalls})
        while stalls and (await receive())["type"] != "http.disconnect":
            pass

    return answer


@pytest.mark.parametrize(
    ("before", "cost_nano"), [((BEGUN,), WORST_NANO), ((), 0)], ids=["after its first words", "before any"]
)
async def test_an_upstreams_failure_costs_nothing_only_before_the_answer_began(
    start_lane, web, before, cost_nano
):
    failed = {"error": {"code": 502, "message": "Provider disconnected"}}
    async with served(_gateway(*before, failed)) as url:
        await start_lane(deployment("a", url))
        heard = await web.ask(call(plan("a", attempts=1), stream=True))
    attempt = await sync_to_async(Attempt.objects.get)(request_id=heard.last.request_id)
    assert (heard.kinds[-1], attempt.status, attempt.cost_nano) == ("error", 502, cost_nano)
    assert attempt.usage_unknown is bool(before)


async def test_a_last_word_that_came_with_the_reason_to_finish_is_charged(start_lane, web):
    """One choice has ended, and the client leaves while the other speaks."""
    ended = {"index": 0, "delta": {"content": "x" * 600}, "finish_reason": "stop"}
    other = {**BEGUN, "choices": [{"index": 1, "delta": {"content": "Hel"}}]}
    async with served(_gateway({**BEGUN, "choices": [ended]}, other, stalls=True)) as url:
        await start_lane(deployment("a", url))
        request_id = await web.dispatch(call(plan("a", attempts=1), stream=True))
        await web.until(request_id, lambda heard: "chunk" in heard.kinds)
        await web.cancel(request_id)
        await web.ended(request_id)
    attempt = await sync_to_async(Attempt.objects.get)(request_id=request_id)
    assert WORST_NANO - (1_000 - 600) * 2_000 <= attempt.cost_nano < WORST_NANO
