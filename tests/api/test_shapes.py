"""Bodies of hundreds of shapes: each gets an answer, none a server error."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.once]
MAX_BYTES = 3 * 1024

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True),
    st.text(max_size=30),
    st.sampled_from(["user", "system", "auto", "text", "image_url", "function", "\x00", "\ud800", "\u202e"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = (
    "model messages stream n tools tool_choice metadata user response_format stop max_tokens stream_options"
)
FIELDS = st.sampled_from(
    [*NAMES.split(), "temperature", "modalities", "logit_bias", "audio", "x", "", "__proto__"]
)
PARTS = ["type", "text", "image_url", "tool_calls", "content", "role", "name"]
MESSAGES = st.lists(st.dictionaries(st.sampled_from(PARTS), VALUES, max_size=4), max_size=3)
BODIES = st.one_of(
    VALUES,
    st.dictionaries(FIELDS, VALUES, max_size=6),
    st.fixed_dictionaries(
        {"model": st.just("auto"), "messages": st.just([{"role": "user", "content": "Hello"}])},
        optional=dict.fromkeys(("stream", "n", "metadata", "user", "stop", "seed", "x"), VALUES),
    ),
    st.fixed_dictionaries({"model": st.just("auto"), "messages": MESSAGES}),
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.one_of(BODIES.map(lambda value: json.dumps(value).encode()), st.binary(max_size=200)))
def test_no_shape_of_a_body_crashes_the_server(stack: Stack, client: httpx.Client, body: bytes) -> None:
    answer = client.post("/chat/completions", content=body[:MAX_BYTES])
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@pytest.fixture(scope="module")
def client(stack: Stack) -> Any:
    headers = stack.headers(**{"content-type": "application/json"})
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=30) as made:
        yield made
