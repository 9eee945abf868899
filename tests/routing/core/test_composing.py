"""Requests as single models get them: roles, schemas told in words, and old turns left out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.composing import composed, counts, least_tokens
from routing.core.decide import decide
from routing.core.decision import Plan, Reason
from routing.core.release import Policy
from routing.core.roles import with_roles
from routing.core.telling import answered
from routing.core.tokens import estimate
from routing.core.truncating import least, shortened
from tests.routing.core.builders import deployment, facts, live, release


def says(role, content="x", **more):
    return {"role": role, "content": content, **more}


CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
RESULT = {"role": "tool", "tool_call_id": "1", "content": "42"}


@pytest.mark.parametrize(
    ("quirks", "messages", "made", "notes"),
    [
        ("", "developer:a system:b user:c", "developer:a system:b user:c", ()),
        ("no_developer", "developer:a user:c", "system:a user:c", ("developer_as_system",)),
        ("system_once", "system:a user:b developer:c", "system:a\n\nc user:b", ("system_merged",)),
        ("system_once", "user:b system:a", "system:a user:b", ("system_merged",)),
        ("system_once", "system:a user:b", "system:a user:b", ()),
        ("no_system", "system:a user:b", "user:a\n\nb", ("system_in_user",)),
        ("no_system", "system:a", "user:a", ("system_in_user",)),
        ("no_system", "user:b", "user:b", ()),
        ("alternate_roles", "user:a user:b assistant:c", "user:a\n\nb assistant:c", ("turns_merged:1",)),
        ("no_system alternate_roles", "system:a user:b user:c", "user:a\n\nb\n\nc",
         ("system_in_user", "turns_merged:1")),
    ],
)  # fmt: skip
def test_roles_become_what_the_endpoint_takes(quirks, messages, made, notes):
    given_messages = [says(*each.split(":")) for each in messages.split(" ")]
    found, said = with_roles(given_messages, frozenset(quirks.split()))
    assert [(each["role"], each["content"]) for each in found] == [
        tuple(each.split(":")) for each in made.split(" ")
    ]
    assert said == notes


def test_parts_stay_parts_and_calls_stay_apart():
    picture = {"type": "image_url", "image_url": {"url": "https://x.example/y"}}
    found, _ = with_roles([says("user", "a"), says("user", [picture])], frozenset(["alternate_roles"]))
    assert found[0]["content"] == [{"type": "text", "text": "a"}, picture]
    kept = [says("user"), CALL, RESULT, says("assistant")]
    assert with_roles(kept, frozenset(["alternate_roles"]))[0] == kept


def made(request, *, capabilities=(), quirks=(), room=None):
    return composed(
        request, family="f", capabilities=frozenset(capabilities), quirks=frozenset(quirks), room_tokens=room
    )


SCHEMA = {"type": "object", "properties": {"näme": {"type": "string"}}}
ASKS = {
    "messages": [says("user", "who?")],
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
}


def test_a_model_with_the_capability_is_asked_as_the_application_asked():
    assert made(ASKS, capabilities=["json_schema"]).request == ASKS


@pytest.mark.parametrize(
    ("capabilities", "quirks", "left"),
    [
        ((), (), None),
        (("json_object",), (), {"type": "json_object"}),
        (("json_schema",), ("json_schema_by_prompt",), None),
        (("json_schema",), ("json_schema_by_prompt", "no_developer"), None),
    ],
)
def test_a_model_without_it_is_told_the_schema_in_words(capabilities, quirks, left):
    told = made(ASKS, capabilities=capabilities, quirks=quirks)
    assert told.request.get("response_format") == left
    first = told.request["messages"][0]
    assert first["role"] == "system"
    assert json.loads(first["content"].partition("Schema:\n")[2]) == SCHEMA
    assert told.notes == ("schema_by_prompt",)


def test_a_deployment_may_say_that_a_tool_takes_the_answer():
    told = made(ASKS, capabilities=["json_schema"], quirks=["json_schema_by_tool"])
    (tool,) = told.request["tools"]
    assert tool["function"]["parameters"] == SCHEMA
    assert told.request["tool_choice"]["function"]["name"] == tool["function"]["name"]
    assert "response_format" not in told.request
    assert told.notes == ("schema_by_tool",)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function", "function": {"name": "own"}}]},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"type": "array"}},
            }
        },
    ],
)
def test_where_no_tool_can_take_it_it_is_told_in_words(more):
    told = made({**ASKS, **more}, quirks=["json_schema_by_tool"])
    assert told.notes == ("schema_by_prompt",)
    assert told.request.get("tools") == more.get("tools")


def test_what_the_tool_was_given_is_the_answer():
    call = {"index": 0, "function": {"name": "give_answer", "arguments": '{"a":1}'}}
    whole = {"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}
    assert answered(whole) == {"message": {"content": '{"a":1}'}, "finish_reason": "stop"}
    step = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}
    assert answered(step) == {"index": 0, "delta": {"content": '{"a":1}'}, "finish_reason": None}


def test_the_words_go_to_the_instructions_that_are_there():
    told = made({**ASKS, "messages": [says("developer", "Be brief."), says("user")]})
    assert [each["role"] for each in told.request["messages"]] == ["developer", "user"]
    assert told.request["messages"][0]["content"].startswith("Be brief.\n\n")


@given(st.dictionaries(st.text(), st.text() | st.integers(), max_size=5))
def test_the_bound_holds_however_a_schema_is_told(properties):
    asks = {
        "messages": [says("user")],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"type": "object", "properties": properties}},
        },
    }
    for quirk in ("json_schema_by_prompt", "json_schema_by_tool"):
        told = made(asks, quirks=[quirk]).request
        assert estimate(told).input_tokens_bound <= counts(asks).input_tokens_bound


LONG = "word " * 200
TALK = [
    says("system", "Be brief."),
    says("assistant", "Hello, " + LONG),
    says("user", "old " + LONG),
    CALL,
    RESULT,
    says("developer", "Now in French."),
    says("user", "newer"),
    says("assistant", "yes"),
    says("user", "last"),
    CALL,
    RESULT,
]


def test_the_oldest_turns_go_first_and_whole():
    short = shortened({"messages": TALK}, 200)
    assert short.request["messages"] == [TALK[0], *TALK[5:]]
    assert short.left_out == 4
    assert short.tokens_after <= 200 < short.tokens_before


def test_instructions_and_the_last_turn_stay_whatever_they_come_to():
    short = shortened({"messages": TALK}, 0)
    assert short.request["messages"] == [TALK[0], TALK[5], *TALK[8:]]
    assert short.request == least({"messages": TALK})


def test_a_prompt_s_own_messages_stay():
    messages = [
        says("user", "example"),
        says("assistant", "answer"),
        says("user", "old"),
        says("user", "new"),
    ]
    assert shortened({"messages": messages}, 0, protected=2).request["messages"] == [
        *messages[:2],
        messages[3],
    ]


def test_what_has_room_is_left_alone():
    assert shortened({"messages": TALK}, 10_000).left_out == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=40)).map(
            lambda each: says(*each)
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 200),
)
def test_what_is_left_is_in_order_fits_or_is_the_least(messages, room):
    short = shortened({"messages": messages}, room)
    left = iter(messages)
    assert all(any(kept is each for each in left) for kept in short.request["messages"])
    assert (
        short.tokens_after <= room or short.request["messages"] == least({"messages": messages})["messages"]
    )


def long_facts(request):
    found = counts(request)
    return facts(
        input_tokens=found.input_tokens,
        input_tokens_bound=found.input_tokens_bound,
        least_input_tokens=least_tokens(request),
    )


@pytest.mark.parametrize(("truncation", "is_served"), [("refuse", False), ("oldest", True)])
def test_turns_are_left_out_only_where_the_policy_says_so(truncation, is_served):
    small = deployment("small", context_window_tokens=300)
    given_release = release(small)
    policy = given_release.policies["std"]
    policies = {"std": Policy("std", policy.rules, truncation=truncation)}
    decision = decide(release(small, policies=policies), long_facts({"messages": TALK}), live())
    assert isinstance(decision, Plan) is is_served
    if not is_served:
        assert decision.candidates[0].reason is Reason.CONTEXT_TOO_LONG


def test_a_model_with_room_for_all_goes_before_leaving_out():
    small, large = (
        deployment("small", context_window_tokens=300),
        deployment("wide", context_window_tokens=9_000),
    )
    plain = release(small, large)
    policies = {"std": Policy("std", plain.policies["std"].rules, truncation="oldest")}
    decision = decide(release(small, large, policies=policies), long_facts({"messages": TALK}), live())
    assert decision.root.deployment == "wide"
