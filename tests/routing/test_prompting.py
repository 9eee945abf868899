"""A request with its prompt: what is decided about it, looked for in it, and sent of it."""

import json
from types import SimpleNamespace
from uuid import UUID

import pytest

from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.api.wire import read_chat_request
from routing.ask import Ask
from routing.core.composing import counts, with_prompt
from routing.core.prompts import Prompt, Variable
from routing.core.release import DetectionRule
from routing.core.tasks import Task
from routing.detecting import examine
from routing.detection.request import rewritten, texts_of
from routing.prompting import prompted
from tests.routing.core import builders
from tests.routing.core.test_normalise import output

PROMPT = Prompt(
    "mail",
    1,
    "ab" * 32,
    "write",
    (Variable("name"),),
    {"": (("user", "To {{name}}"),), "claude": (("system", "Write a mail." * 9), ("user", "For {{name}}"))},
)
RELEASE = builders.release(prompts={"mail@1": PROMPT}, tasks={"write": Task("write", output(asked=True))})


def ask(task="", **fields):
    given = {"model": "auto", "prompt": {"id": "mail", "variables": {"name": "Ann"}}, **fields}
    body = read_chat_request(json.dumps(given).encode())
    return Ask(UUID(int=1), 0, SimpleNamespace(), body, Labels(task=task))


def test_each_family_gets_its_own_words_before_the_request_s():
    request = prompted(RELEASE, ask(messages=[{"role": "user", "content": "Now"}])).body.request
    claude, gpt = with_prompt(request, "claude"), with_prompt(request, "gpt")
    assert [message["content"] for message in claude.request["messages"]][1:] == ["For Ann", "Now"]
    assert [message["content"] for message in gpt.request["messages"]] == ["To Ann", "Now"]
    assert (claude.variant, gpt.variant) == ("claude", "")
    assert "prompt" not in claude.request


def test_tokens_are_bounded_by_the_largest_variant():
    request = prompted(RELEASE, ask()).body.request
    alone = [counts(with_prompt(request, family).request) for family in ("", "claude")]
    assert counts(request).input_tokens_bound == max(each.input_tokens_bound for each in alone)
    assert counts(request).input_tokens == max(each.input_tokens for each in alone)


def test_what_a_variable_holds_is_looked_at_and_replaced_in_every_variant():
    request = prompted(RELEASE, ask()).body.request
    assert {"To Ann", "For Ann"} <= set(texts_of(request).texts)
    hidden = rewritten(request, {"To Ann": "To [1]", "For Ann": "For [1]"})
    assert "Ann" not in str(hidden)


async def test_what_every_variant_holds_counts_once():
    rule = DetectionRule("email", "internal", "reroute", "nothing")
    release = builders.release(prompts={"mail@1": PROMPT}, detection=(rule,))
    variables = {"name": "a@example.com and b@example.com"}
    messages = [{"role": "user", "content": "c@example.com"}]
    made = prompted(release, ask(prompt={"id": "mail", "variables": variables}, messages=messages))
    assert (await examine(release, made)).counts == {"email": 3}


def test_a_prompt_gives_its_task_and_its_schema():
    made = prompted(RELEASE, ask())
    assert made.labels.task == "write"
    assert made.body.request["response_format"]["json_schema"]["name"] == "write"


@pytest.mark.parametrize(
    "fields",
    [
        {"response_format": {"type": "text"}},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
    ],
)
def test_a_request_that_says_what_it_wants_is_not_told_the_schema(fields):
    assert prompted(RELEASE, ask(**fields)).body.request.get("response_format") == fields.get(
        "response_format"
    )


def test_a_prompt_of_another_task_is_refused():
    with pytest.raises(ApiError, match="for the task write"):
        prompted(RELEASE, ask(task="read"))


def test_a_prompt_that_would_be_huge_is_refused():
    long = Prompt("mail", 1, "", "write", (Variable("name"),), {"": (("user", "{{name}}" * 50),)})
    release = builders.release(prompts={"mail@1": long})
    with pytest.raises(ApiError, match="more than"):
        prompted(release, ask(prompt={"id": "mail", "variables": {"name": "x" * 100_000}}))
