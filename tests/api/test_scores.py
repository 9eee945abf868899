"""Trained routers at the door: asked where facts are established, once per conversation, and recorded."""

import json
from types import SimpleNamespace
from typing import Any

from audit.core.ids import uuid7
from registry.directory import Directory
from routing.admission import judge
from routing.api.labels import Labels
from routing.api.route import preview
from routing.api.wire import read_chat_request
from routing.ask import Ask
from routing.core.codec import facts_from, facts_value
from routing.core.decide import calls, decide
from routing.core.decision import Plan
from routing.core.routes import Branch, Classify, Model
from routing.record import Judged
from tests.api.test_suspended import CONSUMER
from tests.routing.core.builders import NOW_US, deployment, release, rule
from tests.routing.core.trained_artifact import router

ROUTE = Classify(
    (Branch("economy", Model("cheap")), Branch("frontier", Model("dear"))),
    Model("dear"),
    "trained",
    router="gain",
)
RELEASE = release(
    deployment("cheap"),
    deployment("dear"),
    rules=(rule(ROUTE),),
    routers={"gain": router(features=[])},
)
RUNTIME: Any = SimpleNamespace(
    directory=Directory(1, {}, frozenset()),
    surroundings=SimpleNamespace(health={}, workers=lambda queue: 1),
    money=SimpleNamespace(
        book=SimpleNamespace(names=dict, lines=lambda *_: []),
    ),
)


async def judged(*said: str, task: str = "") -> tuple[Ask, Judged]:
    """Of a conversation in which user and assistant spoke in turn."""
    messages = [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(said)]
    body = read_chat_request(json.dumps({"model": "auto", "messages": messages}).encode())
    ask = Ask(uuid7(), NOW_US, CONSUMER, body, Labels(task=task))
    return ask, (await judge(RUNTIME, RELEASE, ask, "public"))[0]


def deployment_of(found: Judged) -> str:
    assert isinstance(found.decision, Plan)
    return next(calls(found.decision.root)).deployment


async def test_a_request_is_routed_by_what_the_router_makes_of_it() -> None:
    assert deployment_of((await judged("Prove the sum."))[1]) == "dear"
    assert deployment_of((await judged("The sum, the sum."))[1]) == "cheap"


async def test_a_conversation_keeps_its_route_whatever_is_said_later() -> None:
    _, first = await judged("The sum, the sum.")
    _, later = await judged("The sum, the sum.", "It is 4.", "Now prove the theorem: prove it.")
    assert first.facts.scores == later.facts.scores
    assert deployment_of(later) == "cheap"


async def test_another_task_than_those_of_the_set_takes_the_default() -> None:
    _, found = await judged("The sum, the sum.", task="poetry")
    assert deployment_of(found) == "dear"
    assert found.facts.scores[0].outside == "the task poetry is not in the evaluation set"


async def test_the_record_derives_the_decision_again_without_the_text() -> None:
    _, found = await judged("Prove the sum of the angles.")
    kept = json.loads(json.dumps(facts_value(found.facts)))
    assert "angles" not in json.dumps(kept)
    assert decide(RELEASE, facts_from(kept), found.live) == found.decision


async def test_the_route_that_would_be_taken_is_shown_with_its_scores() -> None:
    ask, found = await judged("Prove the sum.")
    (score,) = preview(RUNTIME, ask, found).facts["scores"]
    assert (score["router"], score["reasons"][0][:14]) == ("gain", "the word prove")
