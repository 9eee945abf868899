import httpx
import pytest
from stack import Stack

pytestmark = pytest.mark.stack


def test_livez_answers(stack: Stack) -> None:
    assert httpx.get(stack.url + "/livez").text == "ok\n"


def test_readyz_names_each_part(stack: Stack) -> None:
    answer = httpx.get(stack.url + "/readyz").json()
    parts = dict.fromkeys(("database", "valkey", "registry", "release", "worker"), "ok")
    assert answer == {"ready": True, "checks": parts}


def test_metrics_count_requests_refusals_and_money(stack: Stack) -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
    url = stack.api_url + "/chat/completions"
    httpx.post(url, headers=stack.headers(), json=body, timeout=20)
    httpx.post(url, headers=stack.headers(), json={**body, "model": "no-such"}, timeout=20)
    text = httpx.get(stack.url + "/metrics").text
    for line in (
        'signalbox_requests_total{outcome="succeeded"}',
        'signalbox_refusals_total{code="model_not_found"}',
        'signalbox_tokens_total{direction="output"}',
        'signalbox_request_seconds_bucket{kind="whole",le="0.01"}',
        "signalbox_cost_usd_total",
        "signalbox_ready 1.0",
    ):
        assert line in text


def test_route_says_what_would_happen_and_calls_nobody(stack: Stack) -> None:
    calls = stack.provider_stats()["requests"]
    body = {"model": "resilient", "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx.post(stack.api_url + "/route", headers=stack.headers(), json=body).json()
    assert [c["deployment"] for c in answer["candidates"]] == ["faulty-1-eu", "spare-eu"]
    assert (answer["outcome"], answer["workers"], answer["would_answer"]["status"]) == ("plan", 1, 200)
    assert [budget["name"] for budget in answer["budgets"]] == ["large"]
    assert float(answer["worst_case_usd"]) > 0
    assert stack.provider_stats()["requests"] == calls


def test_route_explains_a_refusal(stack: Stack) -> None:
    body = {"model": "plain", "messages": [{"role": "user", "content": "Hello"}], "logprobs": True}
    answer = httpx.post(stack.api_url + "/route", headers=stack.headers(), json=body).json()
    assert answer["candidates"] == [
        {"deployment": "plain-eu", "reason": "capability_missing", "detail": "logprobs"}
    ]
    assert answer["would_answer"]["code"] == "no_candidate"
