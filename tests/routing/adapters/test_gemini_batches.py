"""Gemini's batch service, as its documentation and its own client have it."""

import json
from email import message_from_bytes
from typing import Any

import pytest

from routing import adapters
from routing.adapters.batch_contract import Line, Standing
from routing.adapters.contract import ProviderError, Target

CHAT = adapters.batches("gemini", "chat")
EMBEDDINGS = adapters.batches("gemini", "embeddings")
EMBED = adapters.operation("gemini", "embeddings")
assert CHAT is not None
assert EMBEDDINGS is not None
assert EMBED is not None
BASE = "https://generativelanguage.googleapis.com"
TARGET = Target(f"{BASE}/v1beta", "gemini-9-flash", 100, api_key="secret")
LINES = [Line("one", b'{"contents":[]}'), Line("two", b'{"contents":[]}')]
OPERATION = {
    "name": "batches/b-1",
    "metadata": {
        "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
        "model": "models/gemini-9-flash",
        "displayName": "mark",
        "state": "BATCH_STATE_RUNNING",
        "batchStats": {"requestCount": "2", "pendingRequestCount": "2"},
    },
}


def said(value: Any) -> bytes:
    return json.dumps(value).encode()


def operation(state: str, *, ran: str = "0", **more: Any) -> dict[str, Any]:
    stats = {"requestCount": "2", "successfulRequestCount": ran}
    return {**OPERATION, "metadata": {**OPERATION["metadata"], "state": state, "batchStats": stats}, **more}


def test_lines_are_uploaded_as_a_file_that_is_told_of():
    upload = CHAT.upload(LINES, TARGET, mark="mark")
    assert (upload.method, upload.url) == ("POST", f"{BASE}/upload/v1beta/files")
    assert (upload.headers["x-goog-api-key"], upload.headers["x-goog-upload-protocol"]) == (
        "secret",
        "multipart",
    )
    head = f"Content-Type: {upload.headers['content-type']}\r\n\r\n".encode()
    told, file = message_from_bytes(head + upload.body).get_payload()
    assert json.loads(told.get_payload()) == {
        "file": {"displayName": "mark", "mimeType": "application/jsonl"}
    }
    assert file.get_content_type() == "application/jsonl"
    assert file.get_payload().splitlines()[1] == '{"key":"two","request":{"contents":[]}}'
    assert CHAT.uploaded(200, {}, said({"file": {"name": "files/f-1"}})) == "files/f-1"


@pytest.mark.parametrize(
    ("service", "method"), [(CHAT, "batchGenerateContent"), (EMBEDDINGS, "asyncBatchEmbedContent")]
)
def test_a_batch_of_the_file_carries_our_mark_as_its_name(service, method):
    create = service.create(LINES, TARGET, file="files/f-1", mark="mark")
    assert create.url == f"{BASE}/v1beta/models/gemini-9-flash:{method}"
    assert json.loads(create.body) == {
        "batch": {"displayName": "mark", "inputConfig": {"fileName": "files/f-1"}}
    }


GIVEN = {"responsesFile": "files/batch-b-1"}


@pytest.mark.parametrize(
    ("value", "has_ended", "files", "is_cut"),
    [
        (OPERATION, False, (), False),
        (operation("BATCH_STATE_SUCCEEDED", ran="2"), False, (), False),
        (operation("BATCH_STATE_SUCCEEDED", done=True), True, (), False),
        (operation("JOB_STATE_SUCCEEDED", response=GIVEN), True, ("files/batch-b-1",), False),
        (operation("BATCH_STATE_CANCELLED", ran="1", response=GIVEN), True, ("files/batch-b-1",), True),
        (operation("BATCH_STATE_CANCELLED"), True, (), True),
        (operation("BATCH_STATE_CANCELLED", ran="1"), True, (), False),
        (operation("JOB_STATE_EXPIRED", response={"responsesFile": "../x"}), True, (), True),
        (operation("BATCH_STATE_FAILED", error={"code": 3, "message": "no"}), True, (), True),
    ],
)
def test_how_a_batch_stands(value, has_ended, files, is_cut):
    """Of lines that were run without an answer nobody knows which, so none of them counts as not begun."""
    standing = CHAT.standing(200, {}, said(value))
    assert (standing.batch, standing.has_ended, standing.files, standing.is_cut) == (
        "batches/b-1",
        has_ended,
        files,
        is_cut,
    )


def test_the_answers_may_be_named_with_what_is_told_of_the_batch():
    told = {**OPERATION["metadata"], "state": "BATCH_STATE_SUCCEEDED", "output": GIVEN}
    standing = CHAT.standing(200, {}, said({**OPERATION, "metadata": told}))
    (results,) = CHAT.results(TARGET, standing)
    assert results.url == f"{BASE}/download/v1beta/files/batch-b-1:download?alt=media"


def test_a_batch_is_found_again_by_its_name():
    other = {**OPERATION, "name": "batches/b-0", "metadata": {"displayName": "other"}}
    listed = said({"operations": [None, other, OPERATION]})
    assert CHAT.listing(TARGET).url == f"{BASE}/v1beta/batches?pageSize=100"
    found = CHAT.marked(200, {}, listed, mark="mark")
    assert (found.batch, found.state) == ("batches/b-1", "BATCH_STATE_RUNNING")
    assert CHAT.marked(200, {}, listed, mark="nobody's") is None
    assert CHAT.marked(200, {}, b"{}", mark="mark") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"key": "a", "response": {"x": 1}}, ("a", 200, {"x": 1})),
        ({"key": "a", "error": {"code": 8}}, ("a", 429, {"error": {"code": 8}})),
        ({"key": "a", "error": {"code": 503}}, ("a", 503, {"error": {"code": 503}})),
        ({"key": "a", "error": {"code": "odd"}}, ("a", 500, {"error": {"code": "odd"}})),
        ({"key": "a"}, ("a", 500, {"error": {}})),
    ],
)
def test_a_line_is_answered_as_an_ordinary_call_would_be(line, expected):
    found = CHAT.answered(said(line))
    assert (found.custom_id, found.status, json.loads(found.body)) == expected
    assert found.code == ""


def test_the_error_of_a_line_is_told_in_our_words():
    told = {"code": 8, "message": "Too much.", "status": "RESOURCE_EXHAUSTED"}
    found = CHAT.answered(said({"key": "a", "error": told}))
    with pytest.raises(ProviderError, match="Too much") as error:
        adapters.get("gemini").parse(found.status, {}, found.body)
    assert error.value.kind == "rate_limit"


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b"{", b'{"key": 1}'])
def test_what_is_no_answer_of_a_line_is_cut(line):
    with pytest.raises(ValueError, match=r"."):
        CHAT.answered(line)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (200, b"<html>"), (200, b"[]"), (200, said({"name": "batches/../x"})), (401, b"{}")],
)
def test_what_is_no_batch_is_an_error(status, body):
    for read in (CHAT.standing, CHAT.uploaded):
        with pytest.raises(ProviderError):
            read(status, {}, body)


def test_an_embedding_s_line_has_one_text():
    (call,) = EMBED.prepare({"model": "m", "input": "Hello", "dimensions": 2}, TARGET)
    line = EMBEDDINGS.worded(call.body)
    assert json.loads(line) == {
        "model": "models/gemini-9-flash",
        "outputDimensionality": 2,
        "content": {"parts": [{"text": "Hello"}]},
    }


@pytest.mark.parametrize(("told", "tokens"), [({}, None), ({"usageMetadata": {"promptTokenCount": 3}}, 3)])
def test_an_embedding_of_a_line_reads_like_that_of_a_call(told, tokens):
    found = EMBEDDINGS.answered(said({"key": "a", "response": {"embedding": {"values": [0.5, 1]}, **told}}))
    result = EMBED.parse({"input": "Hello"}, found.status, {}, found.body)
    assert result.value["data"][0]["embedding"] == [0.5, 1]
    assert result.usage.input_tokens == tokens


@pytest.mark.parametrize("response", [{}, {"embedding": None}])
def test_an_answer_without_its_vector_is_an_error(response):
    found = EMBEDDINGS.answered(said({"key": "a", "response": response}))
    with pytest.raises(ProviderError):
        EMBED.parse({"input": "Hello"}, found.status, {}, found.body)


def test_several_texts_are_no_line_of_a_batch():
    (call,) = EMBED.prepare({"model": "m", "input": ["Hello", "you"]}, TARGET)
    with pytest.raises(ProviderError) as error:
        EMBEDDINGS.worded(call.body)
    assert error.value.kind == "unsupported"


def test_a_batch_is_cancelled_and_forgotten_by_its_name():
    assert CHAT.cancel(TARGET, "batches/b-1").url == f"{BASE}/v1beta/batches/b-1:cancel"
    standing = Standing("batches/b-1", "", has_ended=True, files=("files/f-2",))
    forgotten = CHAT.forget(TARGET, file="files/f-1", standing=standing)
    assert [asked.method for asked in forgotten] == ["DELETE"] * 3
    names = [asked.url.removeprefix(f"{BASE}/v1beta/") for asked in forgotten]
    assert names == ["files/f-1", "batches/b-1", "files/f-2"]


@pytest.mark.parametrize(
    ("base_url", "upload"),
    [
        ("https://gateway.example/google/v1beta/", "https://gateway.example/google/upload/v1beta/files"),
        ("https://gateway.example", "https://gateway.example/upload/files"),
    ],
)
def test_files_stay_at_the_endpoint_s_host(base_url, upload):
    assert CHAT.upload(LINES, Target(base_url, "m", 1), mark="mark").url == upload
