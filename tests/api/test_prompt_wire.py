"""`prompt` and `variables` of a chat request, as they come over the wire."""

import json

import pytest

from routing.api.wire import read_chat_request
from routing.errors import InvalidRequest


def read(**fields):
    return read_chat_request(json.dumps({"model": "auto", **fields}).encode())


@pytest.mark.parametrize(
    ("fields", "name", "version", "values"),
    [
        ({"prompt": "sum"}, "sum", None, {}),
        ({"prompt": "sum@3", "variables": {"a": 1}}, "sum", 3, {"a": 1}),
        ({"prompt": {"id": "sum", "version": "3", "variables": {"a": "b"}}}, "sum", 3, {"a": "b"}),
        ({"prompt": {"id": "sum", "version": 3}, "variables": {"a": [1]}}, "sum", 3, {"a": [1]}),
        ({"prompt": {"id": "sum@3", "version": 3}}, "sum", 3, {}),
        ({"prompt": {"id": "sum", "variables": {"a": {"type": "input_text", "text": "b"}}}}, "sum", None,
         {"a": "b"}),
    ],
)  # fmt: skip
def test_a_prompt_is_named_with_its_values(fields, name, version, values):
    body = read(**fields)
    assert (body.prompt.name, body.prompt.version, body.prompt.values) == (name, version, values)
    assert body.request["prompt"] == {"id": name, "version": version, "variables": values}
    assert body.request["messages"] == []
    assert "variables" not in body.request


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": "sum@0"}, "prompt.version"),
        ({"prompt": "sum@x"}, "prompt.version"),
        ({"prompt": {"id": "sum@2", "version": 3}}, "prompt.version"),
        ({"prompt": {"id": "sum", "variables": {}}, "variables": {}}, "variables"),
        ({"prompt": {"id": "sum", "variables": {str(at): 1 for at in range(201)}}}, "prompt.variables"),
        ({"prompt": {"id": ""}}, "prompt.id"),
        ({"prompt": 3}, "prompt"),
        ({"prompt": {}}, "prompt"),
        ({"variables": {}, "messages": [{"role": "user", "content": "a"}]}, "variables"),
        ({"messages": []}, "messages"),
        ({}, "messages"),
    ],
)
def test_what_names_no_prompt_is_refused(fields, param):
    with pytest.raises(InvalidRequest) as refused:
        read(**fields)
    assert refused.value.param == param


def test_rules_by_keyword_hear_what_was_said_in_variables():
    assert list(read(prompt={"id": "sum", "variables": {"a": "rain", "b": ["sun", 1], "c": 2}}).texts()) == [
        "rain",
        "sun",
    ]
