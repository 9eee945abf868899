"""The row of a request says where in its route it was answered, and whether that was in another's stead."""

import pytest
from lane_cast import call, release
from routed import asked, deployments, policies, told

from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.document import release_from
from routing.core.facts import Health
from tests.routing.core.builders import facts, live

pytestmark = pytest.mark.django_db(transaction=True)
IN_TURN = "model a\nmodel b"
CASCADE = "cascade\n  gate number 0 10\n  model a\n  model b"


@pytest.mark.parametrize(
    ("route", "text", "path", "fallback"),
    [
        (IN_TURN, "hello", "0.0", False),
        (IN_TURN, "[[demo:status=500,fail_model=demo-a]]", "0.1", True),
        (CASCADE, "[[say:demo-a=7]] [[say:demo-b=8]]", "0.0", False),
        (CASCADE, "[[say:demo-a=70]] [[say:demo-b=8]]", "0.1", False),
        ("model a", "[[demo:status=400]]", None, False),
    ],
)
async def test_the_path_of_the_answer_is_kept(start_lane, web, provider, route, text, path, fallback):
    _, found = await asked(start_lane, web, provider.url, route, text)
    assert (found.row.answer_path, found.row.fallback_used) == (path, fallback)


async def test_whoever_stands_in_for_one_that_is_left_alone_is_a_fallback(start_lane, web, provider):
    made, rules = deployments(provider.url), policies(IN_TURN)
    await start_lane(*made, policies=rules, default_policy="standard")
    published = release(*made, policies=rules, default_policy="standard")
    known = facts(data_class="internal", max_output_tokens=200, input_tokens_bound=600)
    plan = decide(release_from(7, "00" * 32, published.document), known, live(a=Health("open")))
    assert isinstance(plan, Plan)
    heard = await web.ask(call(plan, "hello"))
    found = await told(heard.last.request_id)
    assert found.tried == [("b", "ok")]
    assert (found.row.answer_path, found.row.fallback_used) == ("0.1", True)
