"""Ways of Gemini's that the tables of answers have no row for."""

import json
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Delta, ProviderError

PICTURE = {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
IMAGES = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}}]


def step(*parts: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **said}]}


def events(*steps: dict[str, Any]) -> bytes:
    return "".join(f"data: {json.dumps(each)}\r\n\r\n" for each in steps).encode()


def played(body: bytes, size: int = 1) -> list[Delta]:
    parser = get("gemini").stream()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return [delta for piece in pieces for delta in parser.feed(piece)] + parser.close()


STEPS = (step({"text": "a"}), step({"text": "b"}), step({"text": ""}, finishReason="STOP"))
ARRAY = "[" + ",\r\n".join(json.dumps(each) for each in STEPS) + "\n]"


def test_a_stream_that_comes_as_an_array_says_what_it_does_as_events() -> None:
    assert played(f"\n{ARRAY}".encode()) == played(events(*STEPS))


@pytest.mark.parametrize("end", range(1, len(ARRAY)))
def test_an_array_that_was_cut_never_looks_complete(end: int) -> None:
    with pytest.raises(ProviderError) as caught:
        played(ARRAY[:end].encode(), size=end)
    assert caught.value.retryable


def test_a_stream_that_goes_on_after_its_first_end_and_is_cut_never_looks_complete() -> None:
    with pytest.raises(ProviderError) as caught:
        played(events(step({"text": "a"}, finishReason="STOP"), step({"text": "b"})))
    assert caught.value.kind == "stream_cut"


def test_a_picture_that_the_model_made_is_in_the_message() -> None:
    body = json.dumps(step({"text": "Here."}, PICTURE, finishReason="STOP")).encode()
    (choice,) = get("gemini").parse(200, {}, body).choices
    assert (choice["message"]["content"], choice["message"]["images"]) == ("Here.", IMAGES)


def test_a_picture_streams() -> None:
    deltas = played(events(step({"text": "Here."}), step(PICTURE), STEPS[-1]))
    assert [choice["delta"].get("images") for delta in deltas for choice in delta.choices][1] == IMAGES


def test_calls_of_answers_without_ids_have_ids_of_their_own() -> None:
    calls = []
    for city in ("Paris", "Rome"):
        part = {"functionCall": {"name": "f", "args": {"city": city}}}
        answer = get("gemini").parse(200, {}, json.dumps(step(part, finishReason="STOP")).encode())
        calls += answer.choices[0]["message"]["tool_calls"]
    assert len({call["id"] for call in calls}) == 2


def test_what_was_counted_by_numbered_modalities_is_read() -> None:
    details = [
        {"modality": 1, "tokenCount": 2},
        {"modality": 2, "tokenCount": 3},
        {"modality": 4, "tokenCount": 5},
    ]
    counts = {"promptTokenCount": 10, "candidatesTokenCount": 1, "promptTokensDetails": details}
    body = {
        "candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": 1}],
        "usageMetadata": counts,
    }
    usage = get("vertex").parse(200, {}, json.dumps(body).encode()).usage
    assert usage is not None
    assert (usage.input_image_tokens, usage.input_audio_tokens) == (3, 5)
