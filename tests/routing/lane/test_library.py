"""The dialect any-llm on a real lane, with the real library where it is installed."""

import json

import httpx
import pytest
from asgiref.sync import sync_to_async
from lane_cast import call, deployment, plan

from audit.models import Attempt
from registry.dialects import dialect_problem
from routing.adapters import get
from routing.adapters.contract import LIBRARY, ProviderError, Target
from routing.lane import library

pytestmark = pytest.mark.django_db(transaction=True)
installed = pytest.mark.skipif(not library.is_installed(), reason="the extra any-llm is not installed")
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@sync_to_async
def attempt_of(request_id: str) -> Attempt:
    return Attempt.objects.get(request_id=request_id)


@pytest.fixture
def start(start_lane, provider):
    """A lane whose one deployment is the demo provider, by way of the library."""

    async def start(name: str = "a", upstream: str = "openai:demo-a"):
        made = deployment(name, provider.url, dialect="any-llm", upstream_id=upstream)
        return await start_lane(made)

    return start


@pytest.mark.parametrize("upstream", ["gpt-4o", "openai:", ":gpt-4o"])
def test_an_upstream_id_names_provider_and_model(upstream: str) -> None:
    with pytest.raises(ProviderError, match="provider:model") as raised:
        get("any-llm").prepare(HELLO, Target("https://x.test/v1", upstream, 9), stream=False)
    assert (raised.value.kind, raised.value.retryable) == ("not_found", False)


def test_what_is_prepared_is_a_call_of_the_library() -> None:
    asked = {**HELLO, "temperature": 0.5, "top_k": 3, "user": "anna"}
    made = get("any-llm").prepare(asked, Target("https://x.test/v1", "cohere:a:b", 9, "key"), stream=True)
    assert (made.method, made.url, made.unsupported) == (LIBRARY, "https://x.test/v1", ("top_k",))
    assert json.loads(made.body) == {
        "provider": "cohere",
        "model": "a:b",
        "messages": HELLO["messages"],
        "temperature": 0.5,
        "max_tokens": 9,
        "stream": True,
        "user": "anna",
    }


def test_a_deployment_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr("routing.lane.library.is_installed", lambda: False)
    monkeypatch.setattr("registry.dialects._unspoken", library.unusable_dialects())
    assert "signalbox[any-llm]" in str(dialect_problem("any-llm"))
    assert dialect_problem("openai") is None


@installed
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_comes_through_the_library_and_is_on_record(start, web, provider, stream):
    await start()
    heard = await web.ask(call(plan("a"), "hello there", stream=stream))
    assert "hello there" in (heard.text if stream else heard.answer["choices"][0]["message"]["content"])
    attempt = await attempt_of(heard.last.request_id)
    assert (attempt.outcome, attempt.sent_model, attempt.reported_model) == ("ok", *["openai:demo-a"] * 2)
    assert attempt.output_tokens
    assert attempt.upstream_request_id.startswith("req_demo_")
    assert provider.stats.requests == 1


@installed
@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("status=429,retry_after=7", "rate_limit", 429),
        ("status=500", "error", 500),
        ("status=401", "authentication", 401),
        ("html", "error", 502),
        ("cut_after=1", "stream_cut", 200),
    ],
)
async def test_a_failure_is_told_as_any_other(start, web, provider, fault, kind, status):
    await start()
    heard = await web.ask(call(plan("a", attempts=1, deadline_s=6), f"hello [[demo:{fault}]]"))
    attempt = await attempt_of(heard.last.request_id)
    assert (attempt.error_kind, attempt.status) == (kind, status)
    assert provider.stats.requests == 1, "an SDK repeats nothing unseen"


@installed
@pytest.mark.parametrize("fault", ["cut_after=2", "error_after=2"])
async def test_a_stream_that_breaks_never_looks_complete(start, web, fault):
    await start()
    asked = call(plan("a", attempts=1, deadline_s=6), f"a b c d e [[demo:{fault}]]", stream=True)
    heard = await web.ask(asked)
    assert heard.kinds[-1] == "error"


@installed
@pytest.mark.parametrize(
    ("upstream", "told"),
    [
        ("bedrock:claude", "bedrock can't be held to one endpoint"),
        ("cohere:command-a", "any-llm-sdk[cohere]"),
        ("nobody:model", "nobody"),
    ],
)
async def test_a_provider_that_can_not_be_had_is_not_called_and_says_why(
    start, web, provider, upstream, told
):
    await start(upstream=upstream)
    heard = await web.ask(call(plan("a", attempts=1)))
    attempt = await attempt_of(heard.last.request_id)
    assert told in attempt.error_message
    assert provider.stats.requests == 0


@installed
async def test_nothing_is_taken_from_the_environment(start, web, provider, monkeypatch):
    for name, value in {"OPENAI_API_KEY": "sk-env", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    sent = []
    carry = library.Carrier._carry

    async def seen(self, request: httpx.Request):
        sent.append(request.headers["authorization"])
        return await carry(self, request)

    monkeypatch.setattr(library.Carrier, "_carry", seen)
    await start()
    await web.ask(call(plan("a")))
    assert sent == [f"Bearer {library.NO_CREDENTIAL}"]
    assert provider.stats.requests == 1
