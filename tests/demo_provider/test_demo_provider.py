"""The demo provider over its socket: with the official client, and every fault through our own adapter."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from routing.adapters import get
from routing.adapters.contract import ProviderError

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
def api(provider_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{provider_url}/v1", api_key="any", max_retries=0, _strict_response_validation=True
    ) as client:
        yield client


def said(text: str, **fields: Any) -> dict[str, Any]:
    return {"model": "demo-small", "messages": [{"role": "user", "content": text}], **fields}


def post(provider: httpx.Client, text: str, **fields: Any) -> httpx.Response:
    return provider.post("/v1/chat/completions", json=said(text, **fields))


def stats(provider: httpx.Client) -> Any:
    return provider.get("/demo/stats").json()


def test_it_says_back_what_it_was_told(api: openai.OpenAI) -> None:
    answer = api.chat.completions.create(**said("Hello there"))
    text = answer.choices[0].message.content
    assert text == "Hello from demo-small, the demo provider. You wrote: Hello there"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == -(-len(text) // 4)
    assert answer.usage.prompt_tokens > 0


def test_a_stream_says_the_same_as_the_whole_answer(api: openai.OpenAI) -> None:
    whole = api.chat.completions.create(**said("Hello there"))
    chunks = list(
        api.chat.completions.create(
            **said("Hello there", stream=True, stream_options={"include_usage": True})
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


@pytest.mark.parametrize("stream", [False, True])
def test_it_calls_a_tool_and_reads_the_result(api: openai.OpenAI, stream: bool) -> None:
    with api.chat.completions.stream(**said("Weather?", tools=[WEATHER])) as events:
        message = events.get_final_completion().choices[0].message
    if not stream:
        message = api.chat.completions.create(**said("Weather?", tools=[WEATHER])).choices[0].message
    assert message.tool_calls is not None
    call = message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris"})
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    turn = {"role": "assistant", "tool_calls": [call.model_dump()]}
    request = said("Weather?", tools=[WEATHER])
    request["messages"] += [turn, result]
    assert "sunny" in str(api.chat.completions.create(**request).choices[0].message.content)


def test_no_tool_is_called_where_none_may(api: openai.OpenAI) -> None:
    answer = api.chat.completions.create(**said("Weather?", tools=[WEATHER], tool_choice="none"))
    assert answer.choices[0].finish_reason == "stop"


def test_several_tools_are_called_at_once(api: openai.OpenAI) -> None:
    answer = api.chat.completions.create(**said("[[demo:calls=3]]", tools=[WEATHER]))
    assert len({call.id for call in answer.choices[0].message.tool_calls or ()}) == 3


def test_json_is_answered_where_it_is_asked(api: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "out", "schema": schema}}
    answer = api.chat.completions.create(**said("JSON", response_format=wanted))
    assert isinstance(json.loads(answer.choices[0].message.content or "")["n"], int)
    plain = api.chat.completions.create(**said("JSON", response_format={"type": "json_object"}))
    assert json.loads(plain.choices[0].message.content or "")["you_wrote"] == "JSON"


def test_the_cap_cuts_the_answer(api: openai.OpenAI) -> None:
    answer = api.chat.completions.create(**said("Hello", max_completion_tokens=3))
    assert (answer.choices[0].finish_reason, answer.usage and answer.usage.completion_tokens) == ("length", 3)


def test_it_gives_as_many_choices_as_asked(api: openai.OpenAI) -> None:
    answer = api.chat.completions.create(**said("Hello", n=3))
    assert [choice.index for choice in answer.choices] == [0, 1, 2]


def test_its_models_are_listed(api: openai.OpenAI) -> None:
    assert "demo-small" in [model.id for model in api.models.list()]


@pytest.mark.parametrize(
    ("fault", "kind", "retry_after_s"),
    [
        ("status=429,retry_after=2", "rate_limit", 2.0),
        ("status=500", "error", None),
        ("status=401", "authentication", None),
        ("status=413", "context_overflow", None),
        ("html", "error", None),
        ("html,status=200", "error", None),
        ("empty", "error", None),
        ("garbage", "error", None),
        ("error200", "error", None),
    ],
)
def test_each_fault_is_seen_by_the_adapter(
    provider: httpx.Client, fault: str, kind: str, retry_after_s: float | None
) -> None:
    answer = post(provider, f"[[demo:{fault}]]")
    with pytest.raises(ProviderError) as caught:
        get("openai").parse(answer.status_code, dict(answer.headers), answer.content)
    assert (caught.value.kind, caught.value.retry_after_s) == (kind, retry_after_s)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("garbage", "error"), ("error_after=2", "error"), ("empty", "stream_cut"), ("error200", "error")],
)
def test_each_fault_of_a_stream_is_seen_by_the_adapter(provider: httpx.Client, fault: str, kind: str) -> None:
    body = post(provider, f"[[demo:{fault}]]", stream=True).content
    with pytest.raises(ProviderError) as caught:
        read_stream(body)
    assert caught.value.kind == kind


def read_stream(body: bytes) -> None:
    parser = get("openai").stream()
    parser.feed(body)
    parser.close()


@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_is_cut_in_the_middle(provider: httpx.Client, stream: bool) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        post(provider, "[[demo:cut_after=2]] one two three", stream=stream)
    assert stats(provider)["cut"] == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["stall", "delay_ms=60000"])
def test_a_client_that_gives_up_is_noticed(provider: httpx.Client, stream: bool, fault: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        provider.post("/v1/chat/completions", json=said(f"[[demo:{fault}]]", stream=stream), timeout=0.2)
    for _ in range(100):
        seen = stats(provider)
        if not seen["in_flight"]:
            break
    assert (seen["cancelled"], seen["in_flight"]) == (1, 0)


def test_usage_can_be_missing(provider: httpx.Client) -> None:
    assert "usage" not in post(provider, "[[demo:no_usage]]").json()


def test_one_model_fails_and_the_other_answers(provider: httpx.Client) -> None:
    text = "[[demo:fail_model=demo-small]]"
    assert post(provider, text).status_code == 500
    assert post(provider, text, model="demo-large").status_code == 200
    assert stats(provider)["by_model"] == {"demo-small": 1, "demo-large": 1}


def test_the_first_requests_fail_and_the_next_succeeds(provider: httpx.Client) -> None:
    statuses = [post(provider, "[[demo:status=500,first=2]]").status_code for _ in range(4)]
    assert statuses == [500, 500, 200, 200]


def test_a_stream_has_as_many_chunks_as_told(provider: httpx.Client) -> None:
    body = post(provider, "[[demo:chunks=20,chunk_ms=1]] la li", stream=True).text
    assert body.count('"content":"la"') + body.count('"content":" l') == 20
    assert body.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"model": 1}', b'{"model": "m", "messages": [1]}', b"[" * 9000]
)
def test_what_can_not_be_read_is_refused(provider: httpx.Client, body: bytes) -> None:
    assert provider.post("/v1/chat/completions", content=body).status_code == 400


def test_an_unknown_directive_is_refused_by_name(provider: httpx.Client) -> None:
    answer = post(provider, "[[demo:statsu=500]]")
    assert answer.status_code == 400
    assert "statsu" in answer.json()["error"]["message"]


def test_it_counts_requests_by_their_label(provider: httpx.Client) -> None:
    for label in ("one", "two", "one"):
        post(provider, f"Hello [[demo:label=counted-{label}]]")
    seen = provider.get("/demo/labels").json()
    assert (seen["counted-one"], seen["counted-two"]) == (2, 1)
