"""A decision that travelled through the lane into the register is derived again from what stands there."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from lane_cast import call, deployment

from audit.core.canonical import canonical_json, sha256_hex
from registry.models import Release, User
from routing.core.codec import decision_value, facts_value, live_value
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.facts import Live
from routing.selectors import compile_release
from tests.routing.core.builders import NOW_US, facts
from tests.routing.replay import assert_decisions_replay

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = 7
ROUTE = {"node": "fallback", "members": [{"node": "model", "model": "small"}], "on": ["error"]}
POLICY = {
    "name": "standard",
    "rules": [{"name": "all", "conditions": [], "route": ROUTE}],
    "deadline_s": 20,
    "max_attempts_per_call": 2,
    "unsupported": "refuse",
    "applications": [],
}


@sync_to_async
def published(*deployments: dict[str, object]) -> Release:
    document = canonical_json(
        {
            "schema": 1,
            "data_classes": [{"name": "internal", "rank": 10}],
            "deployments": list(deployments),
            "policies": [POLICY],
            "default_policy": "standard",
        }
    )
    author = User.objects.create_user("author")
    return Release.objects.create(
        number=NUMBER,
        digest=sha256_hex(document),
        document=document.decode(),
        reason="Tests.",
        published_at=timezone.now(),
        published_by=author,
        published_by_name="author",
        self_published=True,
    )


@pytest.mark.parametrize("text", ["hello", "[[demo:status=500,first=1]]", "[[demo:status=400]]"])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_decision_gives_the_same_bytes(start_lane, web, provider, text, stream):
    both = (deployment("a", provider.url), deployment("b", provider.url, weight=3))
    row = await published(*both)
    release = compile_release(NUMBER, row.digest, json.loads(row.document))
    known, live = facts(data_class="internal", clearance="internal"), Live(NOW_US, {})
    decision = decide(release, known, live)
    assert isinstance(decision, Plan)
    told = {
        "decision": decision_value(decision),
        "facts": facts_value(known),
        "live": live_value(live, decision),
        "release": {"number": NUMBER, "sha256": row.digest},
    }
    await start_lane(*both)
    heard = await web.ask(call(decision, text, stream=stream, accepted_body=canonical_json(told)))
    assert heard.kinds[-1] in ("done", "error")
    assert await sync_to_async(assert_decisions_replay)() == 1
