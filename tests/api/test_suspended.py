"""A key that is suspended after it was let in, and what the API then says."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from audit.core.ids import uuid7
from registry.directory import Consumer, Directory
from routing.admission import judge
from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.api.refusals import error_of
from routing.api.suspended import refuse_caller, refuse_kept
from routing.api.wire import read_chat_request
from routing.ask import Ask
from routing.core.decision import Reason, Refusal
from tests.routing.core.builders import NOW_US, deployment, facts, release

CONSUMER = Consumer(
    key_id="1",
    key_prefix="abcdefghijkl",
    key_sha256="",
    application="invoices",
    application_id="1",
    team="payments",
    team_id="1",
    scopes=frozenset({"chat"}),
    clearance="internal",
    default_data_class="public",
    requests_per_min=None,
    tokens_per_min=None,
    expires_at_us=None,
)
BODY = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}).encode()
OWN = ["key:abcdefghijkl", "application:invoices", "team:payments"]


def directory(*suspended: str) -> Directory:
    return Directory(1, {}, frozenset(suspended))


@pytest.mark.parametrize("subject", OWN)
async def test_a_key_that_is_suspended_after_it_was_let_in_is_refused_by_the_decision(subject: str) -> None:
    ask = Ask(uuid7(), NOW_US, CONSUMER, read_chat_request(BODY), Labels())
    runtime: Any = SimpleNamespace(directory=directory(subject), surroundings=SimpleNamespace(health={}))
    judged, _ = await judge(runtime, release(deployment("a")), ask, "public")
    assert isinstance(judged.decision, Refusal)
    assert (judged.decision.reason, judged.decision.detail) == (Reason.SUSPENDED, subject)


@pytest.mark.parametrize("subject", OWN)
def test_a_door_that_decides_nothing_refuses_too(subject: str) -> None:
    with pytest.raises(ApiError) as refused:
        refuse_caller(directory(subject), CONSUMER)
    assert (refused.value.status, refused.value.code) == (403, "suspended")


def test_others_are_let_through() -> None:
    refuse_caller(directory("key:other", "application:payments", "team:invoices"), CONSUMER)
    refuse_caller(None, CONSUMER)


SERVED = {
    "X-Signalbox-Deployment": "gpt-eu",
    "X-Signalbox-Model": "gpt",
    "X-Signalbox-Model-Version": "1",
    "X-Signalbox-Provider": "openai",
    "X-Signalbox-Policy": "std",
    "X-Signalbox-Rule": "all",
}


@pytest.mark.parametrize(
    "subject", ["deployment:gpt-eu", "model:gpt", "version:gpt@1", "provider:openai", "route:std#all"]
)
def test_a_kept_answer_is_not_given_again_from_what_is_suspended(subject: str) -> None:
    refuse_kept(directory("model:other"), SERVED)
    with pytest.raises(ApiError, match="not given again"):
        refuse_kept(directory(subject), SERVED)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("team:payments", "The team payments is suspended."),
        ("key:abcdefghijkl", "The key sb-abcdefghijkl is suspended."),
        ("route:std#all", "The rule all of the policy std is suspended."),
        ("", "All that the rule “all” could call for this is suspended."),
    ],
)
def test_a_refusal_says_what_is_suspended(detail: str, words: str) -> None:
    refusal = Refusal("suspended", Reason.SUSPENDED, "std", "all", detail)
    assert error_of(refusal, facts()).message.startswith(words)
