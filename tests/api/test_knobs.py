"""Knobs come by header or in the body's object `signalbox`; one that can't be read is refused."""

import json
from typing import Any

import httpx
import pytest
from stack import Stack

from routing.api.batches import LABELS
from routing.api.errors import ApiError
from routing.api.knobs import METAS, read_knobs
from routing.api.labels import read_labels
from routing.api.operation_bodies import read_embeddings
from routing.api.wire import read_chat_request
from routing.core.knobs import NO_KNOBS, Knobs
from routing.errors import InvalidRequest

CHAT = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}


def metas(**knobs: str) -> dict[str, str]:
    return {METAS[name]: text for name, text in knobs.items()}


@pytest.mark.parametrize(
    ("headers", "knobs"),
    [
        ({}, NO_KNOBS),
        ({"max_cost_usd": "0.02"}, Knobs(max_cost_nano=20_000_000)),
        ({"max_cost_usd": "0.0000000019"}, Knobs(max_cost_nano=1)),
        ({"max_cost_usd": " 1e-3 "}, Knobs(max_cost_nano=1_000_000)),
        ({"max_latency_ms": "1500"}, Knobs(max_latency_ms=1_500)),
        ({"models": "small, large,small"}, Knobs(models=("large", "small"))),
        ({"dial": "0"}, Knobs(dial=0)),
    ],
)
def test_knobs_come_by_header(headers: dict[str, str], knobs: Knobs):
    assert read_knobs(metas(**headers), {}) == knobs


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("max_cost_usd", text) for text in ("", "-1", "free", "NaN", "Infinity", "1e99", "$1", "٣")),
        *(("max_latency_ms", text) for text in ("", "0", "-5", "1.5", "86400001", "9" * 5_000, "²")),
        *(("models", text) for text in ("", " , ", ",".join(map(str, range(40))))),
        *(("dial", text) for text in ("", "11", "-1", "high")),
    ],
)
def test_a_knob_that_can_not_be_read_is_refused(name: str, text: str):
    with pytest.raises(ApiError) as error:
        read_knobs(metas(**{name: text}), {})
    header = "x-signalbox-" + name.replace("_", "-")
    assert (error.value.code, error.value.param) == ("invalid_request", header)


BODY = {"max_cost_usd": 0.02, "max_latency_ms": 900, "models": ["small", "large"], "dial": 3}


@pytest.mark.parametrize(
    ("read", "request_"), [(read_chat_request, CHAT), (read_embeddings, {"model": "auto", "input": "x"})]
)
def test_knobs_of_a_body_are_ours_and_do_not_go_on(read: Any, request_: dict[str, Any]):
    body = read(json.dumps({**request_, "signalbox": BODY}).encode())
    assert "signalbox" not in body.request
    assert read_labels({}, body.labels).knobs == Knobs(20_000_000, 900, ("large", "small"), 3)


@pytest.mark.parametrize(
    "given", [[], "x", {"dail": 3}, {"dial": 11}, {"dial": "3"}, {"models": []}, {"max_latency_ms": 0}]
)
def test_a_body_s_knobs_are_read_strictly(given: Any):
    with pytest.raises(InvalidRequest) as error:
        read_chat_request(json.dumps({**CHAT, "signalbox": given}).encode())
    assert (error.value.param or "").startswith("signalbox")


def test_a_batch_keeps_them_for_its_lines():
    assert set(METAS.values()) <= set(LABELS)
    assert read_labels(metas(dial="3"), {}).knobs == Knobs(dial=3)


def test_a_header_that_disagrees_with_the_body_is_refused():
    with pytest.raises(ApiError, match="disagree"):
        read_knobs(metas(dial="3"), {"dial": "4"})


SURFACES = [
    ("chat/completions", CHAT),
    ("responses", {"model": "auto", "input": "Hello"}),
    ("messages", {**CHAT, "max_tokens": 10}),
]


@pytest.mark.stack
@pytest.mark.parametrize(("path", "body"), SURFACES)
@pytest.mark.parametrize(
    ("knobs", "status", "code"),
    [
        ({"models": ["nothing-of-the-kind"]}, 400, "no_candidate"),
        ({"max_cost_usd": 0}, 400, "max_cost_exceeded"),
        ({"max_cost_usd": 5, "max_latency_ms": 60_000, "dial": 3}, 200, None),
        ({"max_latency_ms": 1}, 504, "latency_budget_exceeded"),
        ({"dial": 12}, 400, "invalid_request"),
    ],
)
def test_every_surface_obeys_them(
    stack: Stack, path: str, body: dict[str, Any], knobs: dict[str, Any], status: int, code: str | None
) -> None:
    url, headers = f"{stack.api_url}/{path}", stack.headers("main")
    answer = httpx.post(url, headers=headers, json={**body, "signalbox": knobs}, timeout=30)
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["error"]["code"] == code


@pytest.mark.stack
def test_a_refusal_says_what_the_cheapest_would_have_cost(stack: Stack) -> None:
    headers = {**stack.headers("main"), "x-signalbox-max-cost-usd": "0.0000000001"}
    answer = httpx.post(f"{stack.api_url}/chat/completions", headers=headers, json=CHAT, timeout=30)
    assert "The cheapest that could serve this costs up to $0." in answer.json()["error"]["message"]


@pytest.mark.stack
def test_an_answer_says_what_came_of_them(stack: Stack) -> None:
    headers = {**stack.headers("main"), "x-signalbox-dial": "3"}
    answer = httpx.post(f"{stack.api_url}/chat/completions", headers=headers, json=CHAT, timeout=30)
    assert answer.headers["x-signalbox-knobs"] == "dial:no_effect"


@pytest.mark.stack
def test_the_preview_shows_what_knobs_would_do(stack: Stack) -> None:
    body = {**CHAT, "signalbox": {"dial": 2, "max_latency_ms": 2_000}}
    answer = httpx.post(f"{stack.api_url}/route", headers=stack.headers("main"), json=body, timeout=30).json()
    assert answer["facts"]["knobs"] == {"dial": 2, "max_latency_ms": 2_000}
    assert {"knob": "dial", "what": "no_effect"} in answer["remarks"]
    assert answer["latency_budget_ms"] == 2_000
