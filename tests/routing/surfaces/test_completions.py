"""Legacy completions: a text is asked for as chat, and chat's answer is a text again."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Target
from routing.core.tokens import estimate
from routing.errors import FieldUnsupported, InvalidRequest
from routing.surfaces.completions import COMPLETIONS, one_of
from tests.routing.adapters.test_adapter_recordings import body_of, recordings
from tests.routing.surfaces.surface_replays import replayed

RECORDED = [
    item
    for item in recordings()
    if item.values[0] is None
    or (item.values[0]["api"] == "openai.completions" and item.values[0]["response"]["status"] == 200)
]
STEP = {"token": "ab", "logprob": -0.5, "bytes": None, "top_logprobs": []}
OTHER = {**STEP, "top_logprobs": [{"token": "ab", "logprob": -0.5, "bytes": None}]}


def read(**fields: Any) -> Any:
    return COMPLETIONS.read(json.dumps({"model": "m", "prompt": "Once", **fields}).encode())


def chunk(content: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content} if content else {}, "finish_reason": finish, **more}
    return json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}).encode()


def data(event: bytes) -> Any:
    return json.loads(event.removeprefix(b"data: "))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {"max_tokens": 16, "messages": [{"role": "user", "content": "Once"}]}),
        ({"prompt": ["Twice"], "max_tokens": 5}, {"messages": [{"role": "user", "content": "Twice"}]}),
        ({"logprobs": 0}, {"logprobs": True, "top_logprobs": 0}),
        ({"n": 2, "best_of": 2, "echo": True}, {"n": 2, "best_of": None, "echo": None}),
        ({"suffix": "end", "top_k": 4, "user": "anna"}, {"suffix": "end", "top_k": 4, "user": "anna"}),
    ],
)
def test_a_field_has_its_place_in_chat(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    request = read(**fields)[0].request
    assert {name: request.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("fields", "raised", "param"),
    [
        ({"prompt": ["a", "b"]}, FieldUnsupported, "prompt[1]"),
        ({"prompt": [1, 2]}, FieldUnsupported, "prompt"),
        ({"prompt": [[1, 2]]}, FieldUnsupported, "prompt"),
        ({"prompt": []}, FieldUnsupported, "prompt"),
        ({"best_of": 3}, FieldUnsupported, "best_of"),
        ({"echo": True, "logprobs": 1}, FieldUnsupported, "logprobs"),
        ({"messages": [{"role": "user", "content": "Hi"}]}, FieldUnsupported, "messages"),
        ({"max_tokens": 0}, InvalidRequest, "max_tokens"),
        ({"prompt": {"id": "x"}}, InvalidRequest, "prompt"),
    ],
)
def test_what_has_no_place_is_refused_by_its_name(
    fields: dict[str, Any], raised: type[InvalidRequest], param: str
) -> None:
    with pytest.raises(raised) as refused:
        read(**fields)
    assert refused.value.param == param


def test_of_several_prompts_each_is_read_for_itself() -> None:
    body = json.dumps({"model": "m", "prompt": ["One", "Two"], "echo": True}).encode()
    asked = [surface.read(body)[0].request["messages"][0]["content"] for surface in one_of(body)]
    assert asked == ["One", "Two"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": ["a", "b"], "stream": True}, "stream"),
        ({"prompt": ["a"] * 21}, "prompt[20]"),
        ({"prompt": ["a", [1]]}, "prompt"),
    ],
)
def test_several_prompts_have_bounds(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(FieldUnsupported) as refused:
        one_of(json.dumps({"model": "m", **fields}).encode())
    assert refused.value.param == param


def test_a_suffix_is_counted_and_no_chat_model_drops_it_in_silence() -> None:
    request = read(suffix="x" * 1000)[0].request
    assert estimate(request).input_tokens_bound > 1000
    for dialect in ("openai", "responses", "anthropic", "gemini", "mistral", "cohere", "ollama"):
        sent = get(dialect).prepare(request, Target("https://x.test/v1", "m", 9), stream=False)
        assert "suffix" in sent.unsupported
        assert b"xxxx" not in sent.body


def test_a_prompt_is_echoed_once_in_each_choice_of_a_stream() -> None:
    events = read(echo=True, stream=True)[1].events()
    texts = [data(events.chunk(each))["choices"][0]["text"] for each in (chunk("a"), chunk("b"), chunk())]
    assert texts == ["Oncea", "b", ""]
    assert events.end() == b"data: [DONE]\n\n"


def test_log_probabilities_are_columns_and_offsets_go_on() -> None:
    events = read(logprobs=1, stream=True)[1].events()
    first = data(events.chunk(chunk("abab", logprobs={"content": [OTHER, OTHER]})))
    last = data(events.chunk(chunk("ab", "length", logprobs={"content": [STEP]})))
    assert first["choices"][0]["logprobs"] == {
        "tokens": ["ab", "ab"],
        "token_logprobs": [-0.5, -0.5],
        "top_logprobs": [{"ab": -0.5}, {"ab": -0.5}],
        "text_offset": [0, 2],
    }
    assert last["choices"][0]["logprobs"]["text_offset"] == [4]
    assert (last["choices"][0]["logprobs"]["top_logprobs"], last["id"]) == (None, "cmpl-1")


def test_columns_of_a_provider_come_back_as_columns() -> None:
    columns = {
        "tokens": ["a", "b"],
        "token_logprobs": [-0.1, -0.2],
        "top_logprobs": [{"a": -0.1, "x": -3.0}, {"b": -0.2, "x": -4.0}],
        "text_offset": [0, 1],
    }
    choice = {"text": "ab", "index": 0, "logprobs": columns, "finish_reason": "length"}
    recording = {"response": {"status": 200, "headers": {}, "body": json.dumps({"choices": [choice]})}}
    answer = json.loads(replayed(recording, "completions", read(logprobs=2)[1]))
    assert answer["choices"] == [choice]


@pytest.mark.parametrize("recording", RECORDED)
def test_a_recorded_exchange_passes_from_end_to_end(recording: dict[str, Any]) -> None:
    asked = recording["request"]["body"]
    body, reply = COMPLETIONS.read(json.dumps(asked).encode())
    target = Target("https://api.openai.com/v1", asked["model"], 4096)
    prepared = get("completions").prepare(body.request, target, stream=False)
    said = {name: value for name, value in asked.items() if value not in (None, False)}
    assert (json.loads(prepared.body), prepared.unsupported) == (said, ())
    assert prepared.url.endswith(recording["request"]["path"])
    given, real = json.loads(replayed(recording, "completions", reply)), json.loads(body_of(recording))
    assert (given["choices"], given["usage"]) == (real["choices"], real["usage"])
