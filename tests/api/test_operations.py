"""What is not chat, by the official client with strict validation, through the running stack."""

import base64
import uuid
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from signalbox.demo_provider.operations import wav
from stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture
def client(stack: Stack) -> Iterator[OpenAI]:
    options = {"_strict_response_validation": True, "max_retries": 0}
    with OpenAI(base_url=stack.api_url, api_key=stack.keys["main"], **options) as made:
        yield made


def test_embeddings_are_the_same_in_either_encoding_and_paid_by_token(client: OpenAI, stack: Stack) -> None:
    asked = {"input": ["one", "two"], "dimensions": 8}
    raw = client.embeddings.with_raw_response.create(model="auto", encoding_format="float", **asked)
    answer = raw.parse()
    lax = client.with_options(_extra_kwargs={"_strict_response_validation": False})  # it is strict too early
    assert lax.embeddings.create(model="embed", **asked).data == answer.data
    assert (len(answer.data), answer.model, answer.usage.prompt_tokens) == (2, "embed", 2)
    row = stack.request_row(raw.headers["x-request-id"])
    assert (row["operation"], row["outcome"], row["rule"]) == ("embeddings", "succeeded", "vectors")
    assert row["cost_nano"] == 2 * 1000


def test_tokens_are_embedded_and_counted(client: OpenAI) -> None:
    answer = client.embeddings.create(model="embed", input=[[101, 200_000], [3]], encoding_format="float")
    assert (len(answer.data), answer.usage.total_tokens) == (2, 3)


def test_moderation_flags_by_category(client: OpenAI) -> None:
    answer = client.moderations.create(input=["I will kill you", "Good morning"])
    assert [result.flagged for result in answer.results] == [True, False]
    assert answer.results[0].categories.violence
    assert answer.model == "judge"


def test_pictures_come_as_data_or_where_they_are_and_are_paid_each(client: OpenAI, stack: Stack) -> None:
    raw = client.images.with_raw_response.generate(prompt="a box", n=2, response_format="b64_json")
    shown = raw.parse().data
    assert [base64.b64decode(each.b64_json)[:4] for each in shown] == [b"\x89PNG"] * 2
    assert stack.request_row(raw.headers["x-request-id"])["cost_nano"] == 2 * 40_000_000
    (by_url,) = client.images.generate(model="painter", prompt="a box", response_format="url").data
    assert by_url.url.startswith("https://")


def test_speech_is_bytes_paid_by_character(client: OpenAI, stack: Stack) -> None:
    said = client.audio.speech.create(
        model="mouth", voice="alloy", input="Mind the gap", response_format="wav"
    )
    assert said.content[:4] == b"RIFF"
    assert said.response.headers["content-type"] == "audio/wav"
    assert stack.request_row(said.response.headers["x-request-id"])["cost_nano"] == 12 * 15_000


def test_a_recording_is_transcribed_and_paid_by_its_length(client: OpenAI, stack: Stack) -> None:
    sound = ("gap.wav", wav(2000), "audio/wav")
    raw = client.audio.transcriptions.with_raw_response.create(model="ear", file=sound)
    assert raw.parse().text == f"The file gap.wav has {len(wav(2000))} bytes."
    row = stack.request_row(raw.headers["x-request-id"])
    assert (row["operation"], row["cost_nano"]) == ("transcriptions", 2 * 1_000_000)


@pytest.mark.parametrize(
    ("wanted", "begins"),
    [
        ("text", "The file"),
        ("srt", "1\n00:00:00,000 --> 00:00:01,000\nThe file"),
        ("vtt", "WEBVTT\n\n00:00:00.000"),
    ],
)
def test_a_transcript_comes_in_the_format_that_was_asked_for(
    client: OpenAI, wanted: str, begins: str
) -> None:
    said = client.audio.transcriptions.create(model="ear", file=("a.wav", wav(500)), response_format=wanted)
    assert said.startswith(begins)


def test_a_detailed_transcript_has_its_segments(client: OpenAI) -> None:
    asked = {"response_format": "verbose_json", "timestamp_granularities": ["segment"]}
    said = client.audio.transcriptions.create(model="ear", file=("a.wav", wav(500)), **asked)
    assert said.segments[0].text == said.text


def test_sound_is_given_again_under_its_idempotency_key(client: OpenAI) -> None:
    asked = {"model": "mouth", "voice": "alloy", "input": "Once"}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (client.audio.speech.create(**asked, extra_headers=key) for _ in range(2))
    assert first.content == again.content
    told = again.response.headers
    assert (told["idempotent-replayed"], told["content-type"]) == ("true", "audio/wav")
    assert told["x-request-id"] == first.response.headers["x-request-id"]


def test_a_budget_holds_for_pictures_too(stack: Stack) -> None:
    with (
        OpenAI(base_url=stack.api_url, api_key=stack.keys["poor"], max_retries=0) as poor,
        pytest.raises(openai.RateLimitError) as error,
    ):
        poor.images.generate(model="painter", prompt="a box")
    assert error.value.code == "budget_exceeded"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"model": "echo"}, "policy_denied"),
        ({"model": "embed", "input": []}, "invalid_request"),
        ({"model": "embed", "input": ["a", 1]}, "invalid_request"),
        ({"model": "embed", "input": "word " * 200_000}, "no_candidate"),
        ({"model": "embed", "extra_headers": {"x-signalbox-data-class": "restricted"}}, "data_class_denied"),
    ],
)
def test_embeddings_pass_the_same_gate(client: OpenAI, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(openai.APIStatusError) as error:
        client.embeddings.create(**{"input": "hello", **asked})
    assert error.value.code == code
