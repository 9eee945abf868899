"""Requests of what is not chat, as they come over the wire."""

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.core.ids import uuid7
from registry.directory import Consumer
from routing.adapters.multipart import encoded
from routing.api.labels import Labels
from routing.api.operation_bodies import READERS, OperationBody, read_transcriptions
from routing.ask import Ask
from routing.core.release import DetectionRule
from routing.detecting import examine, redact
from routing.detection.request import rewritten, texts_of
from routing.errors import InvalidRequest
from tests.routing.core.builders import release

GOOD: dict[str, dict[str, Any]] = {
    "embeddings": {"model": "m", "input": ["one", "two"], "user": "ann"},
    "moderations": {"input": [{"type": "text", "text": "one"}]},
    "images": {"prompt": "one", "n": 2},
    "speech": {"model": "m", "input": "one", "voice": "alloy"},
}


def read(operation: str, **changes: Any) -> OperationBody:
    return READERS[operation](json.dumps({**GOOD[operation], **changes}).encode())


def form(*fields: tuple[str, str], data: bytes = b"RIFF", name: str = "file") -> tuple[str, bytes]:
    body, kind = encoded(fields, name=name, filename="a.wav", kind="audio/wav", data=data)
    return kind, body


@pytest.mark.parametrize("operation", GOOD)
def test_a_request_stays_as_it_was_written(operation: str) -> None:
    body = read(operation, flavour="mint")
    assert body.request == {"model": "auto", **GOOD[operation], "flavour": "mint"}
    assert "one" in list(body.texts())
    assert (body.operation, body.stream, body.max_output_tokens) == (operation, False, None)


@pytest.mark.parametrize(
    ("operation", "changes", "param"),
    [
        ("embeddings", {"input": None}, "input"),
        ("embeddings", {"input": []}, "input"),
        ("embeddings", {"input": [1, "a"]}, "input"),
        ("embeddings", {"input": [[1], []]}, "input"),
        ("embeddings", {"input": [[1, "a"]]}, "input[0][1]"),
        ("embeddings", {"input": [-1]}, "input[0]"),
        ("embeddings", {"input": [True]}, "input[0]"),
        ("embeddings", {"input": ["a"] * 2049}, "input"),
        ("embeddings", {"dimensions": 0}, "dimensions"),
        ("embeddings", {"encoding_format": "hex"}, "encoding_format"),
        (
            "moderations",
            {"input": [{"type": "image_url", "image_url": {"url": "file:///a"}}]},
            "input[0].image_url.url",
        ),
        ("images", {"n": 11}, "n"),
        ("images", {"stream": True}, "stream"),
        ("speech", {"voice": None}, "voice"),
        ("speech", {"input": "a" * 4097}, "input"),
        ("speech", {"stream_format": "sse"}, "stream_format"),
    ],
)
def test_what_is_wrong_is_named(operation: str, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        read(operation, **changes)
    assert error.value.param == param


def test_a_form_is_read_with_its_file() -> None:
    fields = (
        ("model", "m"),
        ("temperature", "0.5"),
        ("timestamp_granularities[]", "word"),
        ("stream", "false"),
    )
    body = read_transcriptions(*form(*fields))
    assert body.request == {
        "model": "m",
        "temperature": "0.5",
        "timestamp_granularities": ["word"],
        "file": {"name": "a.wav", "content_type": "audio/wav", "data": b"RIFF"},
    }


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        (form(), "model"),
        (form(("model", "m"), data=b""), "file"),
        (form(("model", "m"), name="sound"), "file"),
        (form(("model", "m"), ("temperature", "hot")), "temperature"),
        (form(("model", "m"), ("response_format", "xml")), "response_format"),
        (form(("model", "m"), ("stream", "true")), "stream"),
        (("multipart/form-data", b""), None),
        (("multipart/form-data; boundary=a", b"--b\r\n"), "file"),
    ],
)
def test_a_form_that_is_wrong_is_refused(sent: tuple[str, bytes], param: str | None) -> None:
    with pytest.raises(InvalidRequest) as error:
        read_transcriptions(*sent)
    assert error.value.param == param


@settings(max_examples=30)
@given(st.binary(max_size=200), st.sampled_from(sorted(GOOD)))
def test_whatever_the_bytes_nothing_else_is_raised(body: bytes, operation: str) -> None:
    for read_any in (
        READERS[operation],
        lambda given: read_transcriptions("multipart/form-data; boundary=a", given),
    ):
        with pytest.raises(InvalidRequest):
            read_any(body)


def test_detection_reads_texts_and_counts_what_it_can_not_read() -> None:
    heard = read_transcriptions(*form(("model", "m"), ("prompt", "names: Ann")))
    found = texts_of(heard.request)
    assert set(found.texts) >= {"names: Ann", "a.wav"}
    assert found.unscannable == {"audio": 1}
    tokens = read("embeddings", input=[[200_000, 1]])
    assert texts_of(tokens.request).unscannable == {"tokens": 1}
    assert rewritten(tokens.request, {"200000": "x"}) == tokens.request
    assert rewritten(heard.request, {"names: Ann": "names: [NAME]"})["prompt"] == "names: [NAME]"


async def test_values_leave_neither_vectors_nor_speech_with_their_text() -> None:
    rules = (DetectionRule(finds="email", data_class="", action="redact", output="note"),)
    for operation in ("embeddings", "speech"):
        text = "Write to jane@example.com"
        body = read(operation, input=[text] if operation == "embeddings" else text)
        ask = Ask(uuid7(), 0, cast(Consumer, None), body, Labels())
        examined = await examine(release(detection=rules), ask)
        left = redact(ask, examined, ("email",)).ask.body.request["input"]
        assert examined.counts == {"email": 1}
        assert left in ("Write to [EMAIL_1]", ["Write to [EMAIL_1]"])
