"""Requests in OpenAI's words, as each dialect writes them: fixtures after the providers' documentation."""

import json
from typing import Any

import pytest

from routing.adapters import get, names
from routing.adapters.contract import Target
from routing.adapters.steering import STEERING
from tests.routing.adapters.adapter_fixtures import cases

CASES = cases("requests")
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def prepare(
    dialect: str, request: dict[str, Any] | None = None, *, stream: bool = False, **target: Any
) -> Any:
    fields = {"base_url": "https://provider.test/v1", "upstream_id": "some:model", "max_output_tokens": 512}
    return get(dialect).prepare(request or HELLO, Target(**{**fields, **target}), stream=stream)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['dialect']}: {case['name']}" for case in CASES])
def test_a_request_is_written_as_documented(case: dict[str, Any]) -> None:
    before = json.dumps(case["request"])
    prepared = prepare(
        case["dialect"],
        case["request"],
        stream=case["stream"],
        upstream_id=case["upstream_id"],
        max_output_tokens=case["cap"],
        quirks=frozenset(case["quirks"]),
    )
    assert json.loads(prepared.body) == case["body"]
    assert sorted(prepared.unsupported) == sorted(case["unsupported"])
    assert json.dumps(case["request"]) == before, "a request may be sent again, so it must not be changed"


@pytest.mark.parametrize(
    ("dialect", "base_url", "stream", "url"),
    [
        ("openai", "https://api.openai.com/v1", False, "https://api.openai.com/v1/chat/completions"),
        ("openai", "https://api.openai.com/v1/", True, "https://api.openai.com/v1/chat/completions"),
        (
            "openai",
            "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
            False,
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
        ("responses", "https://api.openai.com/v1/", True, "https://api.openai.com/v1/responses"),
        (
            "responses",
            "https://x.openai.azure.com/openai/v1?api-version=preview",
            False,
            "https://x.openai.azure.com/openai/v1/responses?api-version=preview",
        ),
        ("anthropic", "https://api.anthropic.com", False, "https://api.anthropic.com/v1/messages"),
        ("anthropic", "https://api.anthropic.com/v1", True, "https://api.anthropic.com/v1/messages"),
        ("mistral", "https://api.mistral.ai/v1/", True, "https://api.mistral.ai/v1/chat/completions"),
        ("cohere", "https://api.cohere.com", False, "https://api.cohere.com/v2/chat"),
        ("cohere", "https://api.cohere.com/v2/", True, "https://api.cohere.com/v2/chat"),
        ("ollama", "http://localhost:11434", False, "http://localhost:11434/api/chat"),
        ("ollama", "https://ollama.com/api", True, "https://ollama.com/api/chat"),
        ("completions", "https://v.test/v1/", True, "https://v.test/v1/completions"),
        ("bedrock", "https://b.test", False, "https://b.test/model/m/converse"),
        ("bedrock", "https://b.test/", True, "https://b.test/model/m/converse-stream"),
        ("gemini", "https://g.test/v1beta", False, "https://g.test/v1beta/models/m:generateContent"),
        (
            "gemini",
            "https://g.test/v1beta/",
            True,
            "https://g.test/v1beta/models/m:streamGenerateContent?alt=sse",
        ),
        (
            "vertex",
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google",
            False,
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google"
            "/models/m:generateContent",
        ),
    ],
)
def test_the_url_follows_from_the_base(dialect: str, base_url: str, stream: bool, url: str) -> None:
    assert prepare(dialect, base_url=base_url, upstream_id="m", stream=stream).url == url


@pytest.mark.parametrize(
    ("base_url", "cap", "header"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens", "authorization"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens", "authorization"),
        ("https://x.openai.azure.com/openai/v1", "max_completion_tokens", "api-key"),
        ("https://api.mistral.ai/v1", "max_tokens", "authorization"),
        ("https://notopenai.com/v1", "max_tokens", "authorization"),
        ("http://127.0.0.1:8900/v1", "max_tokens", "authorization"),
    ],
)
def test_the_host_says_how_the_cap_and_the_key_are_called(base_url: str, cap: str, header: str) -> None:
    for asked in ({}, {"max_tokens": 9}, {"max_completion_tokens": 9}):
        prepared = prepare("openai", {**HELLO, **asked}, base_url=base_url, api_key="k")
        sent = {name for name in json.loads(prepared.body) if name.startswith("max")}
        assert sent == {cap}
        assert header in prepared.headers


def test_a_model_id_can_not_change_the_path() -> None:
    assert "/models/a%2F..%2Fb%3Fx:generateContent" in prepare("gemini", upstream_id="a/../b?x").url
    assert "/model/a%2F..%2Fb%3Fx%3A0/converse" in prepare("bedrock", upstream_id="a/../b?x:0").url


@pytest.mark.parametrize(
    ("dialect", "quirk", "header", "value"),
    [
        ("openai", "", "authorization", "Bearer secret"),
        ("openai", "api_key_header", "api-key", "secret"),
        ("responses", "", "authorization", "Bearer secret"),
        ("responses", "api_key_header", "api-key", "secret"),
        ("anthropic", "", "x-api-key", "secret"),
        ("anthropic", "bearer", "authorization", "Bearer secret"),
        ("gemini", "", "x-goog-api-key", "secret"),
        ("gemini", "bearer", "authorization", "Bearer secret"),
        ("bedrock", "", "authorization", "Bearer secret"),
        ("mistral", "", "authorization", "Bearer secret"),
        ("mistral", "api_key_header", "api-key", "secret"),
        ("cohere", "", "authorization", "Bearer secret"),
        ("ollama", "", "authorization", "Bearer secret"),
        ("completions", "api_key_header", "api-key", "secret"),
        ("vertex", "", "authorization", "Bearer secret"),
        ("vertex", "api_key", "x-goog-api-key", "secret"),
    ],
)
def test_the_credential_goes_into_one_header_alone(dialect: str, quirk: str, header: str, value: str) -> None:
    prepared = prepare(dialect, api_key="secret", quirks=frozenset(filter(None, [quirk])))
    assert prepared.headers[header] == value
    assert sum("secret" in text for text in prepared.headers.values()) == 1
    assert "secret" not in prepared.url
    assert b"secret" not in prepared.body
    assert "secret" not in repr(prepared)


@pytest.mark.parametrize("dialect", names())
def test_without_a_credential_no_header_claims_one(dialect: str) -> None:
    assert not {"authorization", "x-api-key", "x-goog-api-key", "api-key"} & prepare(dialect).headers.keys()


@pytest.mark.parametrize("dialect", names())
@pytest.mark.parametrize("field", ["no_such_field", "prediction", "web_search_options", "logit_bias"])
def test_no_field_vanishes(dialect: str, field: str) -> None:
    prepared = prepare(dialect, {**HELLO, field: {"some": "value"}})
    assert field in json.loads(prepared.body) or field in prepared.unsupported


@pytest.mark.parametrize("dialect", names())
@pytest.mark.parametrize("field", sorted(STEERING))
def test_nothing_goes_out_that_has_a_gateway_do_more_than_was_decided(dialect: str, field: str) -> None:
    prepared = prepare(dialect, {**HELLO, field: ["another/model"]})
    assert field in prepared.unsupported
    assert b"another/model" not in prepared.body


# As some clients send everything that they know, at the value that it has unasked.
NOTHING = [
    *({name: []} for name in ("tools", "functions", "stop", "models", "plugins", "transforms", "include")),
    *({name: 0} for name in ("min_p", "top_a", "top_logprobs", "presence_penalty")),
    {"best_of": 1, "echo": False, "logprobs": False},
    {"repetition_penalty": 1.0, "safe_prompt": False, "usage": {"include": True}},
    {"service_tier": "default"},
]


@pytest.mark.parametrize("dialect", names())
@pytest.mark.parametrize("asked", NOTHING, ids=[", ".join(asked) for asked in NOTHING])
def test_what_asks_for_nothing_is_refused_by_nobody(dialect: str, asked: dict[str, Any]) -> None:
    assert not prepare(dialect, {**HELLO, **asked}).unsupported
