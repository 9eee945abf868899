"""Every recorded exchange of a dialect that we speak, played through its adapter.

The recordings lie beside the repository (see their README); without them these tests are skipped, and
the fixtures of test_adapter_answers.py carry the weight.
"""

import base64
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Delta, ProviderError, Usage
from tests.routing.adapters.wires import SSE, WIRES, Wire

FOLDER = Path(os.environ.get("SIGNALBOX_RECORDINGS") or Path(__file__).parents[4] / "shared" / "recordings")
DIALECTS = {
    "openai.chat": "openai",
    "openai.responses": "responses",
    "openai.completions": "completions",
    "anthropic.messages": "anthropic",
    "gemini": "gemini",
    "vertex": "vertex",
    "bedrock.converse": "bedrock",
    "mistral.chat": "mistral",
    "cohere.chat": "cohere",
    "ollama.chat": "ollama",
}
# Providers whose recordings name the format that they share, and what their own dialect reads them as.
OWN_DIALECTS = {"mistral": "mistral.chat", "vertex": "vertex"}
# What is not chat: dialect and operation (test_operation_recordings.py).
PLAYED_BY = {
    "openai.embeddings": ("openai", "embeddings"),
    "gemini.embed": ("gemini", "embeddings"),
    "cohere.embed": ("cohere", "embeddings"),
    "vertex.predict": ("vertex", "embeddings"),
    "openai.images": ("openai", "images"),
    "openai.moderations": ("openai", "moderations"),
}
# What we answer ourselves (tests/routing/surfaces/test_messages_recordings.py).
ESTIMATED = "anthropic.count_tokens"
# What the recordings call an invalid request we tell apart.
FINER = {"context_overflow", "content_filter", "unsupported"}
NAMES_NO_MODEL = ("bedrock.converse", "cohere.chat")
SPLITS = 20

# Where we mean to differ from `expect`, and why.
EXCEPTIONS: dict[str, dict[str, Any]] = {
    # The provider left out the arguments of a tool that takes none; a client needs JSON.
    "openrouter-tools": {"tool_calls": [{"name": "find_education_content", "arguments": {}}]},
    # The provider counted no prompt tokens: unknown is not zero, so the call settles at its worst case.
    "gemini-vision-uri-stream": {"usage": None},
    # A wrong key of ours under status 400: as `authentication` another deployment is tried.
    "gemini-error-400-key": {"error": {"status": 400, "kind": "authentication"}},
    # The expectation leaves out thoughts that are given in full, where OpenAI gives a summary.
    "deepseek-responses-cached": {
        "reasoning": 'The user requested reading "a" and viewing "b", then asked to reply exactly "done". '
        'The outputs confirm both operations succeeded. The next turn should be the exact reply "done".'
    },
    "deepseek-responses-tools-stream": {
        "reasoning": "The user asks about temperature in Tokyo. I'll call the tool."
    },
}


def recordings() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        recording = json.loads(path.read_text())
        if recording["api"] in DIALECTS and "expect" in recording:
            found.append(pytest.param(recording, id=recording["id"]))
            if recording["provider"] in OWN_DIALECTS:  # which either dialect reads
                own = {**recording, "api": OWN_DIALECTS[recording["provider"]]}
                found.append(pytest.param(own, id=f"{recording['id']} in its own dialect"))
    return found or [pytest.param(None, marks=pytest.mark.skip(f"no recordings in {FOLDER}"))]


def is_stream(recording: dict[str, Any]) -> bool:
    response = recording["response"]
    content_type = response["headers"].get("content-type", "").replace("-", "")
    return response["status"] == 200 and ("eventstream" in content_type or "ndjson" in content_type)


def of_kind(*, stream: bool) -> list[Any]:
    """Those that end as an answer, and among those that are not streamed also those that end as an error."""
    found = recordings()
    return [item for item in found if item.values[0] is None or _is(item.values[0], stream=stream)]


def _is(recording: dict[str, Any], *, stream: bool) -> bool:
    return is_stream(recording) == stream and not (stream and "error" in recording["expect"])


def body_of(recording: dict[str, Any]) -> bytes:
    response = recording["response"]
    if "body_b64" in response:
        return base64.b64decode(response["body_b64"])
    return str(response["body"]).encode()


def wire_of(recording: dict[str, Any]) -> Wire:
    return WIRES.get(recording["api"], SSE)


def play(recording: dict[str, Any], pieces: list[bytes]) -> list[Delta]:
    parser = get(DIALECTS[recording["api"]]).stream()
    return [delta for piece in pieces for delta in parser.feed(piece)] + parser.close()


def usage_of(usage: Usage | None) -> dict[str, int] | None:
    if usage is None or not usage.known:
        return None
    return {
        "prompt_tokens": usage.input_tokens or 0,
        "completion_tokens": usage.output_tokens or 0,
        "cached_tokens": usage.cache_read_tokens or 0,
        "reasoning_tokens": usage.reasoning_tokens or 0,
    }


def fold(deltas: list[Delta]) -> dict[str, Any]:
    """What a client would put together from the chunks of the first choice."""
    answer: dict[str, Any] = {"text": "", "reasoning": "", "finish_reason": None, "usage": None}
    calls: dict[int, dict[str, str]] = {}
    for delta in deltas:
        for choice in delta.choices:
            part = choice["delta"]
            answer["text"] += part.get("content") or ""
            answer["reasoning"] += part.get("reasoning_content") or ""
            answer["finish_reason"] = choice["finish_reason"] or answer["finish_reason"]
            for call in part.get("tool_calls") or ():
                known = calls.setdefault(call["index"], {"name": "", "arguments": ""})
                known["name"] += call["function"].get("name") or ""
                known["arguments"] += call["function"].get("arguments") or ""
        answer["usage"] = usage_of(delta.usage) or answer["usage"]
    answer["tool_calls"] = [
        {"name": call["name"], "arguments": json.loads(call["arguments"])}
        for _, call in sorted(calls.items())
    ]
    return answer


def assert_as_expected(recording: dict[str, Any], answer: dict[str, Any]) -> None:
    expect = {**recording["expect"], **EXCEPTIONS.get(recording["id"], {})}
    usage = dict(answer["usage"] or {})
    for name in usage.keys() - (expect["usage"] or {}).keys():
        del usage[name]  # the recording says nothing of it
    assert answer["text"] == expect["text"]
    assert answer["tool_calls"] == expect["tool_calls"]
    assert answer["finish_reason"] == expect["finish_reason"]
    assert answer["reasoning"] == expect.get("reasoning", "")
    assert (usage or None) == expect["usage"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_recording_is_played(path: Path) -> None:
    recording = json.loads(path.read_text())
    assert recording["api"] in {*DIALECTS, *PLAYED_BY, ESTIMATED}
    assert "expect" in recording or recording["api"] in PLAYED_BY


@pytest.mark.parametrize("recording", of_kind(stream=False))
def test_a_recorded_answer_is_read_as_expected(recording: dict[str, Any]) -> None:
    adapter = get(DIALECTS[recording["api"]])
    response = recording["response"]
    expected = {**recording["expect"], **EXCEPTIONS.get(recording["id"], {})}
    if "error" in expected:
        with pytest.raises(ProviderError) as caught:
            adapter.parse(response["status"], response["headers"], body_of(recording))
        kind = "invalid_request" if caught.value.kind in FINER else caught.value.kind
        assert {"status": caught.value.status, "kind": kind} == expected["error"]
        return
    completion = adapter.parse(response["status"], response["headers"], body_of(recording))
    choice = completion.choices[0]
    message = choice["message"]
    calls = [call["function"] for call in message.get("tool_calls") or ()]
    answer = {
        "text": message.get("content") or "",
        "reasoning": message.get("reasoning_content") or "",
        "tool_calls": [{"name": call["name"], "arguments": json.loads(call["arguments"])} for call in calls],
        "finish_reason": choice["finish_reason"],
        "usage": usage_of(completion.usage),
    }
    assert_as_expected(recording, answer)
    assert completion.reported_model or recording["api"] in NAMES_NO_MODEL


@pytest.mark.parametrize("recording", recordings())
def test_a_recorded_stream_that_ends_as_an_error_raises(recording: dict[str, Any]) -> None:
    if is_stream(recording) and "error" in recording["expect"]:
        with pytest.raises(ProviderError):
            play(recording, [body_of(recording)])


@pytest.mark.parametrize("recording", of_kind(stream=True))
def test_a_recorded_stream_is_read_as_expected(recording: dict[str, Any]) -> None:
    deltas = play(recording, [body_of(recording)])
    assert_as_expected(recording, fold(deltas))
    assert [delta.done for delta in deltas] == [False] * (len(deltas) - 1) + [True]
    assert sum(delta.usage is not None for delta in deltas) <= 1
    assert len({delta.response_id for delta in deltas}) == 1
    assert deltas[-1].reported_model or recording["api"] in NAMES_NO_MODEL


@pytest.mark.parametrize("recording", of_kind(stream=True))
def test_a_stream_reads_the_same_however_its_bytes_are_split(recording: dict[str, Any]) -> None:
    body = body_of(recording)
    whole = play(recording, [body])
    assert play(recording, [body[place : place + 1] for place in range(len(body))]) == whole
    draw = random.Random(recording["id"])
    for _ in range(SPLITS):
        cuts = sorted(draw.sample(range(1, len(body)), min(9, len(body) - 1)))
        pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
        assert play(recording, pieces) == whole


@pytest.mark.parametrize("recording", of_kind(stream=True))
def test_a_stream_reads_the_same_however_its_events_are_set_apart(recording: dict[str, Any]) -> None:
    body = body_of(recording)
    whole = play(recording, [body])
    for same in wire_of(recording).same(body):
        assert play(recording, [same]) == whole


@pytest.mark.parametrize("recording", of_kind(stream=True))
def test_a_stream_cut_between_events_never_looks_complete(recording: dict[str, Any]) -> None:
    events = wire_of(recording).events(body_of(recording))
    for count in range(len(events)):
        with pytest.raises(ProviderError) as caught:
            play(recording, events[:count])
        assert caught.value.kind == "stream_cut"
        assert caught.value.retryable


@pytest.mark.parametrize("recording", of_kind(stream=True))
def test_a_stream_cut_within_an_event_never_looks_complete(recording: dict[str, Any]) -> None:
    body = b"".join(wire_of(recording).events(body_of(recording))).removesuffix(b"\n\n").removesuffix(b"\n")
    for place in range(1, len(body), max(1, len(body) // 200)):
        with pytest.raises(ProviderError) as caught:
            play(recording, [body[:place]])
        assert caught.value.kind in ("stream_cut", "error")


@pytest.mark.parametrize("recording", of_kind(stream=True))
def test_garbage_in_a_stream_raises(recording: dict[str, Any]) -> None:
    wire = wire_of(recording)
    events = wire.events(body_of(recording))
    for garbage in wire.garbage:
        with pytest.raises(ProviderError) as caught:
            play(recording, [*events[: len(events) // 2], garbage, *events[len(events) // 2 :]])
        assert caught.value.kind == "error"
