"""A trained router that is unsure asks a model on real calls, and takes its default where that is late."""

import pytest
from lane_cast import call, release
from routed import deployments, policies, told

from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.document import release_from
from routing.core.facts import Score
from tests.routing.core.builders import facts, live
from tests.routing.core.trained_artifact import value

pytestmark = pytest.mark.django_db(transaction=True)

ROUTE = """
classify by trained gain
  unsure within 50
    prompt Is it hard?
    timeout {timeout}
    default economy
    model j
  branch economy
    model a
  branch frontier
    model b
  otherwise
    model c
"""


@pytest.fixture
def ask(start_lane, web, provider):
    async def of(text: str, timeout_ms: int):
        made, rules = deployments(provider.url), policies(ROUTE.format(timeout=timeout_ms))
        given = {"policies": rules, "default_policy": "standard", "trained_routers": [value()]}
        await start_lane(*made, **given)
        published = release_from(7, "00" * 32, release(*made, **given).document)
        known = facts(data_class="internal", input_tokens_bound=600, scores=(Score("gain", 130),))
        plan = decide(published, known, live())
        assert isinstance(plan, Plan), plan
        heard = await web.ask(call(plan, text))
        return await told(heard.last.request_id)

    return of


async def test_the_branch_is_what_the_model_says(ask):
    found = await ask("[[say:demo-j=frontier]] hello", 20_000)
    assert found.tried == [("j", "ok"), ("b", "ok")]
    assert found.notes == {"label": "frontier"}
    assert found.of("attempt.finished", 1)["attempt"]["role"] == "classifier"


async def test_one_that_is_late_is_ended_and_the_default_answers(ask):
    found = await ask("[[demo:delay_ms=8000,fail_model=demo-j]] hello", 300)
    assert sorted(found.tried) == [("a", "ok"), ("j", "cancelled")]
    assert found.notes == {"label": "none in time: economy"}
    assert found.row.outcome == "succeeded"
    assert found.row.latency_ms < 8_000
