"""How single endpoints of OpenAI's family differ: what is taken out and listed, and how a stream may end."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Delta, ProviderError, Target

CHUNK = (
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n'
)
END = b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n'
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a"}}


def sent(quirk: str, **fields: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    request = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    before = json.dumps(request)
    target = Target("https://provider.test/v1", "m", 64, quirks=frozenset([quirk]))
    prepared = get("openai").prepare(request, target, stream=False)
    assert json.dumps(request) == before
    return json.loads(prepared.body), prepared.unsupported


@pytest.mark.parametrize(
    ("quirk", "fields", "unsupported"),
    [
        ("no_n", {"n": 2}, ("n",)),
        ("no_n", {"n": 1}, ()),
        ("no_seed", {"seed": 0}, ("seed",)),
        ("no_logprobs", {"logprobs": True, "top_logprobs": 2}, ("logprobs", "top_logprobs")),
        ("no_logprobs", {"logprobs": False}, ()),
        ("no_logit_bias", {"logit_bias": {"1": 1}}, ("logit_bias",)),
        ("no_penalties", {"presence_penalty": 0, "frequency_penalty": 0.5}, ("frequency_penalty",)),
        ("no_tool_choice", {"tool_choice": "required"}, ("tool_choice",)),
        ("no_tool_choice", {"tool_choice": "auto"}, ()),
        ("no_parallel_tool_calls", {"parallel_tool_calls": False}, ("parallel_tool_calls",)),
        ("no_json_schema", {"response_format": SCHEMA}, ("response_format",)),
    ],
)
def test_what_an_endpoint_lacks_is_taken_out_and_listed(
    quirk: str, fields: dict[str, Any], unsupported: tuple[str, ...]
) -> None:
    body, listed = sent(quirk, **fields)
    assert listed == unsupported
    assert not fields.keys() & body.keys()


def test_json_without_a_schema_stays() -> None:
    body, listed = sent("no_json_schema", response_format={"type": "json_object"})
    assert (body["response_format"], listed) == ({"type": "json_object"}, ())


def test_names_are_taken_out_of_messages() -> None:
    body, listed = sent("no_names", messages=[{"role": "user", "name": "ann", "content": "hi"}])
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert listed == ("messages[0].name",)


def test_images_by_url_are_taken_out_and_data_stays() -> None:
    text = {"type": "text", "text": "See"}
    data = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    url = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    body, listed = sent("no_image_urls", messages=[{"role": "user", "content": [text, url, data]}])
    assert body["messages"][0]["content"] == [text, data]
    assert listed == ("messages[0].content[1].image_url.url",)


def test_an_answer_that_is_sent_back_holds_no_more_than_was_said() -> None:
    thoughts = {"reasoning_content": "hm", "reasoning_details": [{"text": "hm"}], "thinking_blocks": []}
    empty = {"refusal": None, "annotations": [], "audio": None}
    said = {"role": "assistant", "content": "Yes", "reasoning": "in its own words"}
    body, listed = sent("no_thoughts", messages=[{**said, **thoughts, **empty}])
    assert (body["messages"], listed) == ([said], ())


def test_thoughts_go_back_by_the_endpoints_own_name() -> None:
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "a", "reasoning_content": "hm"},
    ]
    body, listed = sent("reasoning_back", messages=turns)
    assert body["messages"] == [turns[0], {"role": "assistant", "content": "a", "reasoning": "hm"}]
    assert listed == ()


def test_a_refusal_that_was_said_stays() -> None:
    said = {"role": "assistant", "content": None, "refusal": "No."}
    assert sent("no_thoughts", messages=[said])[0]["messages"] == [said]


def read(stream: bytes, *quirks: str) -> list[Delta]:
    parser = get("openai", frozenset(quirks)).stream()
    return parser.feed(stream) + parser.close()


def test_an_endpoint_without_done_ends_with_its_body() -> None:
    deltas = read(CHUNK + END + USAGE, "no_done")
    assert [delta.done for delta in deltas] == [False, False, True]
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.input_tokens == 3


def test_done_still_ends_it_once() -> None:
    assert [delta.done for delta in read(CHUNK + END + b"data: [DONE]\n\n", "no_done")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(("stream", "quirks"), [(CHUNK, ["no_done"]), (b"", ["no_done"]), (CHUNK + END, [])])
def test_a_stream_without_its_end_is_cut(stream: bytes, quirks: list[str]) -> None:
    with pytest.raises(ProviderError) as caught:
        read(stream, *quirks)
    assert caught.value.kind == "stream_cut"


def test_what_chunks_without_choices_say_goes_with_the_next_one_or_the_end() -> None:
    first = b'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n'
    last = b'data: {"id":"1","choices":[],"moderation":{"input":{}},"service_tier":"","usage":null}\n\n'
    deltas = read(first + CHUNK + END + USAGE + last + b"data: [DONE]\n\n")
    assert [delta.extra for delta in deltas] == [
        {"prompt_filter_results": [{"prompt_index": 0}]},
        {},
        {"moderation": {"input": {}}},
    ]
