"""Answers that no recording shows, after the providers' documentation and known ways of their own."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Completion, Delta, ProviderError, Usage
from routing.api.render import render_usage
from tests.routing.adapters.adapter_fixtures import cases, is_stream, stream_bytes

ANSWERS = cases("answers")


def counts(usage: Usage | None) -> list[int | None] | None:
    if usage is None:
        return None
    return [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    ]


def whole(completion: Completion) -> dict[str, Any]:
    choice = completion.choices[0]
    message = choice["message"]
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    return {
        "text": message.get("content") or "",
        "reasoning": message.get("reasoning_content") or "",
        "refusal": message.get("refusal") or "",
        "tool_calls": [[call["name"], call["arguments"]] for call in calls],
        "finish_reason": choice["finish_reason"],
        "usage": counts(completion.usage),
    }


def folded(deltas: list[Delta]) -> dict[str, Any]:
    answer: dict[str, Any] = {"text": "", "reasoning": "", "finish_reason": "", "tool_calls": []}
    for choice in (choice for delta in deltas for choice in delta.choices):
        part = choice["delta"]
        answer["text"] += part.get("content") or ""
        answer["reasoning"] += part.get("reasoning_content") or ""
        answer["finish_reason"] += choice["finish_reason"] or ""
        for call in part.get("tool_calls") or ():
            if call["index"] == len(answer["tool_calls"]):
                answer["tool_calls"].append([call["function"]["name"], ""])
            answer["tool_calls"][call["index"]][1] += call["function"].get("arguments") or ""
    assert [delta.done for delta in deltas].index(True) == len(deltas) - 1
    return {**answer, "usage": counts(deltas[-1].usage)}


@pytest.mark.parametrize(
    "answer", ANSWERS, ids=[f"{answer['dialect']}: {answer['name']}" for answer in ANSWERS]
)
def test_an_answer_is_read_in_openai_s_terms(answer: dict[str, Any]) -> None:
    adapter = get(answer["dialect"])
    if is_stream(answer):
        parser = adapter.stream()
        read = folded(parser.feed(stream_bytes(answer)) + parser.close())
    else:
        read = whole(adapter.parse(200, {}, answer["body"].encode()))
    expected = {"reasoning": "", "refusal": "", "tool_calls": [], **answer["expect"]}
    assert read == {name: expected[name] for name in read}


STREAMS = [answer for answer in ANSWERS if is_stream(answer)]
NAMES = [f"{answer['dialect']}: {answer['name']}" for answer in STREAMS]
NO_END_OF_THEIR_OWN = ("gemini", "vertex")  # whose end is that of the body


def played(answer: dict[str, Any], pieces: list[bytes]) -> list[Delta]:
    parser = get(answer["dialect"]).stream()
    return [delta for piece in pieces for delta in parser.feed(piece)] + parser.close()


@pytest.mark.parametrize("answer", STREAMS, ids=NAMES)
def test_a_stream_reads_the_same_byte_by_byte(answer: dict[str, Any]) -> None:
    body = stream_bytes(answer)
    pieces = [body[place : place + 1] for place in range(len(body))]
    assert played(answer, pieces) == played(answer, [body])


@pytest.mark.parametrize("answer", STREAMS, ids=NAMES)
def test_a_stream_that_is_cut_is_whole_or_an_error(answer: dict[str, Any]) -> None:
    if answer["dialect"] in NO_END_OF_THEIR_OWN:
        pytest.skip("the end of the body is the end of the answer")
    whole, body, cut = played(answer, [stream_bytes(answer)]), stream_bytes(answer), 0
    for place in range(len(body)):
        try:
            assert played(answer, [body[:place]]) == whole
        except ProviderError:
            cut += 1
    assert cut > len(body) // 2


def test_what_thinking_needs_to_go_back_is_in_the_message() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
    ]
    body = {"content": [*blocks, {"type": "text", "text": "a"}], "stop_reason": "end_turn"}
    completion = get("anthropic").parse(200, {}, json.dumps(body).encode())
    assert completion.choices[0]["message"]["thinking_blocks"] == blocks


def test_the_signature_of_a_call_is_in_the_call() -> None:
    part = {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "sig"}
    body = {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}
    completion = get("gemini").parse(200, {}, json.dumps(body).encode())
    (call,) = completion.choices[0]["message"]["tool_calls"]
    assert call["extra_content"] == {"google": {"thought_signature": "sig"}}


def test_a_reference_is_kept_with_where_it_stood() -> None:
    reference = {"type": "reference", "reference_ids": [1, "doc-2"]}
    parts = [{"type": "text", "text": "Paris"}, reference, {"type": "text", "text": "."}]
    body = {"choices": [{"message": {"role": "assistant", "content": parts}, "finish_reason": "stop"}]}
    (choice,) = get("mistral").parse(200, {}, json.dumps(body).encode()).choices
    assert choice["message"]["content"] == "Paris."
    assert choice["message"]["references"] == [{**reference, "at": 5}]


def test_log_probabilities_have_openai_s_shape() -> None:
    chosen = {"token": "é", "logProbability": -0.5}
    rivals = {"candidates": [chosen, {"token": "e", "logProbability": -2}]}
    result = {"chosenCandidates": [chosen], "topCandidates": [rivals]}
    candidate = {
        "content": {"parts": [{"text": "é"}]},
        "finishReason": "STOP",
        "logprobsResult": result,
    }
    body = json.dumps({"candidates": [candidate]}).encode()
    (choice,) = get("gemini").parse(200, {}, body).choices
    (token,) = choice["logprobs"]["content"]
    assert (token["token"], token["logprob"], token["bytes"]) == ("é", -0.5, [195, 169])
    assert [rival["token"] for rival in token["top_logprobs"]] == ["é", "e"]


def test_several_choices_stay_apart_in_a_stream() -> None:
    chunk = 'data: {"choices":[{"index":%d,"delta":{"content":"%s"},"finish_reason":%s}]}\n\n'
    steps = [(0, "a", "null"), (1, "b", "null"), (1, "", '"stop"'), (0, "c", '"length"')]
    parser = get("openai").stream()
    deltas = parser.feed("".join(chunk % step for step in steps).encode() + b"data: [DONE]\n\n")
    reasons = {choice["index"]: choice["finish_reason"] for delta in deltas for choice in delta.choices}
    assert reasons == {0: "length", 1: "stop"}
    assert deltas[-1].done


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (
            "openai",
            {
                "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 8,
                    "prompt_tokens_details": {"audio_tokens": 5},
                    "completion_tokens_details": {"audio_tokens": 4},
                },
            },
        ),
        (
            "gemini",
            {
                "candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}],
                "usageMetadata": {
                    "promptTokenCount": 9,
                    "candidatesTokenCount": 8,
                    "promptTokensDetails": [
                        {"modality": "TEXT", "tokenCount": 4},
                        {"modality": "AUDIO", "tokenCount": 5},
                    ],
                    "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 4}],
                },
            },
        ),
    ],
)
def test_tokens_of_audio_are_told_apart(dialect: str, body: dict[str, Any]) -> None:
    usage = get(dialect).parse(200, {}, json.dumps(body).encode()).usage
    rendered = render_usage(usage)
    assert (usage.input_audio_tokens, usage.output_audio_tokens) == (5, 4)
    assert rendered["prompt_tokens_details"] == {"audio_tokens": 5}
    assert rendered["completion_tokens_details"] == {"audio_tokens": 4}


@pytest.mark.parametrize(
    ("dialect", "usage"),
    [
        (
            "openai",
            {
                "prompt_tokens": 9,
                "completion_tokens": 1290,
                "prompt_tokens_details": {"image_tokens": 5},
                "completion_tokens_details": {"image_tokens": 1280},
            },
        ),
        (
            "gemini",
            {
                "promptTokenCount": 9,
                "candidatesTokenCount": 1290,
                "promptTokensDetails": [{"modality": "IMAGE", "tokenCount": 5}],
                "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1280}],
            },
        ),
    ],
)
def test_tokens_of_images_are_told_apart_since_they_cost_another_price(
    dialect: str, usage: dict[str, Any]
) -> None:
    answer: dict[str, dict[str, Any]] = {
        "openai": {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}], "usage": usage},
        "gemini": {
            "candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}],
            "usageMetadata": usage,
        },
    }
    told = get(dialect).parse(200, {}, json.dumps(answer[dialect]).encode()).usage
    assert (told.input_image_tokens, told.output_image_tokens) == (5, 1280)


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (
            "anthropic",
            {
                "type": "message",
                "content": [{"type": "text", "text": "a"}],
                "stop_reason": "end_turn",
                "usage": {
                    "input_tokens": 1,
                    "output_tokens": 2,
                    "cache_creation_input_tokens": 900,
                    "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 400},
                },
            },
        ),
        (
            "bedrock",
            {
                "output": {"message": {"role": "assistant", "content": [{"text": "a"}]}},
                "stopReason": "end_turn",
                "usage": {
                    "inputTokens": 1,
                    "outputTokens": 2,
                    "totalTokens": 903,
                    "cacheWriteInputTokens": 900,
                    "cacheDetails": [
                        {"ttl": "5m", "inputTokens": 500},
                        {"ttl": "1h", "inputTokens": 400},
                    ],
                },
            },
        ),
    ],
)
def test_what_a_cache_keeps_for_an_hour_is_told_apart(dialect: str, body: dict[str, Any]) -> None:
    usage = get(dialect).parse(200, {}, json.dumps(body).encode()).usage
    assert (usage.input_tokens, usage.cache_write_tokens, usage.cache_write_1h_tokens) == (901, 900, 400)
