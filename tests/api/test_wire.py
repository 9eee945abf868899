"""Chat requests as they come over the wire: what is read of good ones, and how bad ones are refused."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.api.wire import ChatBody, read_chat_request
from routing.api.wire_types import KNOWN_FIELDS
from routing.core.tokens import estimate
from routing.errors import InvalidRequest

PNG = "data:image/png;base64,iVBORw0KGgo="
USER = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def read(**fields: Any) -> ChatBody:
    return read_chat_request(json.dumps({"model": "m", "messages": [USER], **fields}).encode())


def image(url: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def test_a_minimal_request_is_read() -> None:
    body = read()
    assert (body.model, body.stream, body.n, body.max_output_tokens) == ("m", False, 1, None)
    assert body.request == {"model": "m", "messages": [USER]}
    assert list(body.texts()) == ["hi"]


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({}, ()),
        ({"stream": True}, ("streaming",)),
        ({"tools": [TOOL]}, ("tools",)),
        ({"tools": []}, ()),
        ({"tools": [TOOL], "parallel_tool_calls": True}, ("parallel_tools", "tools")),
        ({"response_format": {"type": "json_object"}}, ("json_object",)),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}, ("json_schema",)),
        ({"response_format": {"type": "text"}}, ()),
        ({"reasoning_effort": "low"}, ("reasoning",)),
        ({"reasoning_effort": "none"}, ()),
        ({"seed": 0, "logprobs": True}, ("logprobs", "seed")),
        ({"messages": image(PNG)}, ("vision",)),
        ({"modalities": ["text", "audio"]}, ("audio",)),
        ({"modalities": ["image", "text"]}, ()),
    ],
)
def test_what_a_request_needs_of_a_model(fields: dict[str, Any], needs: tuple[str, ...]) -> None:
    assert read(**fields).needs == needs


@pytest.mark.parametrize(
    ("fields", "cap"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 7}, 7),
        ({"max_tokens": 5, "max_completion_tokens": 7}, 5),
    ],
)
def test_the_lower_cap_counts(fields: dict[str, int], cap: int) -> None:
    assert read(**fields).max_output_tokens == cap


def test_our_labels_are_taken_out_of_the_metadata() -> None:
    body = read(metadata={"data_class": "internal", "task": "t", "tags": ["a", "b"], "trace": "x"})
    assert body.labels == {"data_class": "internal", "task": "t", "tags": "a,b"}
    assert body.request["metadata"] == {"trace": "x"}
    assert "metadata" not in read(metadata={"task": "t"}).request


def test_nulls_ask_nothing_and_unknown_fields_stay() -> None:
    body = read(temperature=None, flavour="mint", user="u", safety_identifier="s")
    assert "temperature" not in body.request
    assert body.request["flavour"] == "mint"
    assert body.unknown == ("flavour",)
    assert body.end_user == "s"


def test_every_text_is_there_for_the_keywords() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": "four"}'}}
    messages = [
        {"role": "system", "content": "one"},
        {"role": "user", "content": [{"type": "text", "text": "two"}, image(PNG)[0]["content"][0]]},
        {"role": "assistant", "content": "three", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "five"}]},
    ]
    body = read(messages=messages, tools=[TOOL])
    assert list(body.texts()) == ["one", "two", "three", '{"a": "four"}', "five"]
    assert body.images == 1


def test_a_picture_in_a_turn_of_the_model_is_a_picture() -> None:
    (picture,) = image(PNG)[0]["content"]
    body = read(
        messages=[USER, {"role": "assistant", "content": "Here.", "images": [picture, picture]}, USER]
    )
    assert (body.images, body.needs) == (2, ("vision",))
    assert estimate(body.request).images == 2


@pytest.mark.parametrize(
    ("file", "documents"),
    [
        ({"file_data": "data:application/pdf;base64,JVBERi0="}, 1),
        ({"file_id": "file-1"}, 1),
        ({"file_data": "data:text/plain;base64,aGk="}, 0),
    ],
)
def test_a_document_is_one_of_which_nobody_knows_the_length(file: dict[str, Any], documents: int) -> None:
    body = read(messages=[{"role": "user", "content": [{"type": "file", "file": file}]}])
    assert (body.images, body.documents) == (1, documents)


def test_media_is_not_counted_as_text() -> None:
    picture = "data:image/png;base64," + "AAAA" * 5000
    assert read(messages=image(picture)).text_bytes < 300


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"\xff", None),
        (b"[]", None),
        (b'"text"', None),
        (b'{"model": "m"}', "messages"),
        (b'{"messages": [{"role": "user", "content": "hi"}]}', "model"),
        (b'{"model": "m", "messages": []}', "messages"),
        (b'{"model": "m", "messages": "hi"}', "messages"),
        (b'{"model": "m", "messages": [7]}', "messages[0]"),
        (b'{"model": "m", "messages": [{"role": "king", "content": "hi"}]}', "messages[0].role"),
        (b'{"model": "m", "messages": [{"content": "hi"}]}', "messages[0]"),
        (b'{"model": "m", "messages": [{"role": "user"}]}', "messages[0]"),
        (b'{"model": "m", "messages": [{"role": "user", "content": null}]}', "messages[0].content"),
        (b'{"model": "m", "messages": [{"role": "user", "content": []}]}', "messages[0].content"),
        (b'{"model": "", "messages": [{"role": "user", "content": "hi"}]}', "model"),
        (b'{"model": 5, "messages": [{"role": "user", "content": "hi"}]}', "model"),
        (b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}]}', None),
        (b'{"model": "m", "messages": [{"role": "user", "content": "\xed\xa0\x80"}]}', None),
        (b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": NaN}', None),
        (b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 1e999}', None),
        (b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "x": ' + b"9" * 30 + b"}", None),
        (b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "x": ' + b"9" * 9000 + b"}", None),
        (b"[" * 100_000, None),
        (
            b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "x": '
            + b"[" * 70
            + b"]" * 70
            + b"}",
            None,
        ),
        (b'{"a":' * 500 + b"1" + b"}" * 500, None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_can_not_be_read_is_refused(body: bytes, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_chat_request(body)
    assert caught.value.param == param
    assert 10 < len(str(caught.value)) <= 1000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 0),
        ("n", 9),
        ("n", True),
        ("n", "1"),
        ("max_tokens", 0),
        ("max_completion_tokens", -1),
        ("max_tokens", 1.5),
        ("temperature", 2.1),
        ("temperature", "hot"),
        ("top_p", -0.1),
        ("stream", "yes"),
        ("stop", [1]),
        ("stop", ["x"] * 17),
        ("seed", 0.5),
        ("presence_penalty", 3),
        ("reasoning_effort", "heroic"),
        ("response_format", {"type": "yaml"}),
        ("response_format", {"type": "json_schema"}),
        ("tools", [{"type": "function", "function": {"name": "no spaces"}}]),
        ("tools", [{"type": "function"}]),
        ("tools", [TOOL, TOOL]),
        ("tool_choice", "perhaps"),
        ("tool_choice", "required"),
        ("top_logprobs", 3),
        ("stream_options", {"include_usage": True}),
        ("user", "a\nb"),
        ("user", "x" * 600),
        ("model", "m\n"),
        ("model", "a b"),
        ("metadata", {"data_class": 5}),
        ("metadata", {"task": "a\x00b"}),
        ("metadata", {"tags": ",".join("x" * 40)}),
        ("metadata", [1]),
        ("messages", image("data:image/png;base64,@@@")),
        ("messages", image("data:image/png;base64,")),
        ("messages", image("data:image/png,plain")),
        ("messages", image("data:text/html;base64,aGk=")),
        ("messages", image("file:///etc/passwd")),
        ("messages", image("https://a b")),
        ("messages", [{"role": "assistant", "content": "a", "images": [{"type": "file", "file": {}}]}]),
        ("messages", [{"role": "assistant", "images": image("data:image/png;base64,@@@")[0]["content"]}]),
        ("messages", [{"role": "tool", "content": "x"}]),
        ("messages", [{"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}]),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(**{field: value})
    assert str(caught.value.param).startswith(field)


def test_too_many_unknown_fields_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        read(**{f"field_{number}": 1 for number in range(70)})


def test_the_messages_of_a_thousand_turns_are_read() -> None:
    assert len(read(messages=[USER] * 1000).messages) == 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
PART = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "image_url", "input_audio", "file", "refusal"]) | JSON,
        "text": st.text() | JSON,
        "image_url": st.fixed_dictionaries({"url": st.sampled_from([PNG, "data:", "https://a/b"]) | JSON})
        | JSON,
        "input_audio": JSON,
        "file": JSON,
    },
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["system", "user", "assistant", "tool", "developer", "function"]) | JSON,
        "content": st.text() | st.lists(PART, max_size=3) | JSON,
        "tool_calls": st.lists(JSON, max_size=2) | JSON,
        "tool_call_id": JSON,
        "name": JSON,
    },
)
REQUEST = st.fixed_dictionaries(
    {"model": st.just("m") | JSON, "messages": st.lists(MESSAGE, max_size=3) | st.just([USER]) | JSON},
    optional=dict.fromkeys(sorted(KNOWN_FIELDS - {"model", "messages"}), JSON | st.just(TOOL)),
)


@settings(max_examples=400, deadline=None)
@given(REQUEST | JSON)
def test_whatever_the_json_nothing_but_a_refusal_is_raised(value: Any) -> None:
    with contextlib.suppress(InvalidRequest):
        body = read_chat_request(json.dumps(value).encode("utf-8", "surrogatepass"))
        assert all(isinstance(text, str) for text in body.texts())
        assert msgspec.msgpack.encode(body.request), "it can travel to a worker"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_nothing_but_a_refusal_is_raised(value: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_chat_request(value)
