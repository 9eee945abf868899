"""The batch services of OpenAI and Anthropic, as their documentation has them."""

import json
from typing import Any

import pytest

from routing import adapters
from routing.adapters.batch_contract import Line
from routing.adapters.contract import ProviderError, Target
from routing.core.batching import OPERATIONS, PROVIDER_BATCHES

OPENAI = adapters.batches("openai", "chat")
ANTHROPIC = adapters.batches("anthropic", "chat")
MISTRAL = adapters.batches("mistral", "chat")
assert OPENAI is not None
assert ANTHROPIC is not None
assert MISTRAL is not None
TARGET = Target("https://models.example/v1", "m-1", 100, api_key="secret")
AZURE = Target(
    "https://x.openai.azure.com/openai?api-version=1", "m", 9, "k", quirks=frozenset({"deployment_path"})
)
LINES = [Line("one", b'{"model":"m-1"}'), Line("two", b'{"model":"m-1"}')]
BATCH = {
    "id": "batch_1",
    "object": "batch",
    "status": "in_progress",
    "metadata": {"signalbox": "mark"},
    "output_file_id": None,
    "error_file_id": None,
    "errors": None,
}


def said(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_openai_takes_a_file_of_lines_and_a_batch_of_it():
    upload = OPENAI.upload(LINES, TARGET, mark="mark")
    assert (upload.method, upload.url) == ("POST", "https://models.example/v1/files")
    assert upload.headers["content-type"].startswith("multipart/form-data; boundary=")
    line = b'{"custom_id":"two","method":"POST","url":"/v1/chat/completions","body":{"model":"m-1"}}\n'
    assert line in upload.body
    assert OPENAI.uploaded(200, {}, said({"id": "file-1"})) == "file-1"
    create = OPENAI.create(LINES, TARGET, file="file-1", mark="mark")
    assert (create.url, create.headers["authorization"]) == (
        "https://models.example/v1/batches",
        "Bearer secret",
    )
    assert json.loads(create.body) == {
        "input_file_id": "file-1",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "metadata": {"signalbox": "mark"},
    }


@pytest.mark.parametrize("dialect", ["openai", "mistral"])
@pytest.mark.parametrize("operation", ["embeddings", "moderations"])
def test_what_is_not_chat_goes_to_its_own_endpoint(dialect, operation):
    service = adapters.batches(dialect, operation)
    assert service is not None
    create = service.create(LINES, TARGET, file="f-1", mark="mark")
    assert json.loads(create.body)["endpoint"] == f"/v1/{operation}"


@pytest.mark.parametrize("dialect", adapters.names())
def test_a_dialect_that_batches_does_so_for_whatever_it_does_of_it(dialect):
    """So that no line is planned by a service that there is not (routing.core.batching)."""
    operations = {name for name in OPERATIONS - {"chat"} if adapters.operation(dialect, name)} | {"chat"}
    known = {name for name in OPERATIONS if adapters.batches(dialect, name)}
    assert known in (set(), operations)
    assert bool(known) == (PROVIDER_BATCHES in adapters.quirks(dialect))


def test_azure_has_its_batches_beside_its_deployments():
    listing = OPENAI.listing(AZURE)
    assert listing.url == "https://x.openai.azure.com/openai/batches?api-version=1&limit=100"


@pytest.mark.parametrize(
    ("changes", "has_ended", "files", "is_cut"),
    [
        ({}, False, (), False),
        ({"status": "finalizing"}, False, (), False),
        (
            {"status": "completed", "output_file_id": "file-2", "error_file_id": "file-3"},
            True,
            ("file-2", "file-3"),
            False,
        ),
        ({"status": "expired", "output_file_id": "../x"}, True, (), True),
        ({"status": "failed", "errors": {"data": [{"message": "no"}]}}, True, (), True),
    ],
)
def test_how_a_batch_of_openai_stands(changes, has_ended, files, is_cut):
    standing = OPENAI.standing(200, {}, said({**BATCH, **changes}))
    assert (standing.batch, standing.has_ended, standing.files, standing.is_cut) == (
        "batch_1",
        has_ended,
        files,
        is_cut,
    )


def test_a_batch_is_found_again_by_its_mark():
    listed = said({"object": "list", "data": [{"id": "batch_0", "status": "failed"}, BATCH]})
    found = OPENAI.marked(200, {}, listed, mark="mark")
    assert found is not None
    assert found.batch == "batch_1"
    assert OPENAI.marked(200, {}, listed, mark="other") is None
    assert ANTHROPIC.listing(TARGET) is None


@pytest.mark.parametrize(
    ("service", "line", "expected"),
    [
        (
            OPENAI,
            {"custom_id": "a", "response": {"status_code": 200, "request_id": "r", "body": {"x": 1}}},
            ("a", 200, {"x": 1}, "r", ""),
        ),
        (
            OPENAI,
            {"custom_id": "a", "response": {"status_code": 429, "body": {"error": {}}}, "error": None},
            ("a", 429, {"error": {}}, "", ""),
        ),
        (
            OPENAI,
            {"custom_id": "a", "response": None, "error": {"code": "batch_expired"}},
            ("a", 500, {"error": {"code": "batch_expired"}}, "", "batch_expired"),
        ),
        (
            ANTHROPIC,
            {"custom_id": "a", "result": {"type": "succeeded", "message": {"x": 1}}},
            ("a", 200, {"x": 1}, "", ""),
        ),
        (
            ANTHROPIC,
            {
                "custom_id": "a",
                "result": {"type": "errored", "error": {"error": {"type": "overloaded_error"}}},
            },
            ("a", 529, {"error": {"type": "overloaded_error"}}, "", ""),
        ),
        (ANTHROPIC, {"custom_id": "a", "result": {"type": "expired"}}, ("a", 500, None, "", "batch_expired")),
        (
            ANTHROPIC,
            {"custom_id": "a", "result": {"type": "canceled"}},
            ("a", 500, None, "", "batch_cancelled"),
        ),
    ],
)
def test_a_line_is_answered_as_an_ordinary_call_would_be(service, line, expected):
    found = service.answered(said(line))
    assert (found.custom_id, found.status, json.loads(found.body), found.request_id, found.code) == expected


@pytest.mark.parametrize("service", [OPENAI, ANTHROPIC, MISTRAL])
@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b"{", b'{"custom_id": 1}'])
def test_what_is_no_answer_of_a_line_is_cut(service, line):
    with pytest.raises(ValueError, match=r"."):
        service.answered(line)


@pytest.mark.parametrize("service", [OPENAI, ANTHROPIC, MISTRAL])
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (200, b"<html>"), (200, b"[]"), (200, said({"id": "../x"})), (401, said({"error": {}}))],
)
def test_what_is_no_batch_is_an_error(service, status, body):
    with pytest.raises(ProviderError):
        service.standing(status, {}, body)


def test_anthropic_takes_the_lines_with_the_batch():
    assert ANTHROPIC.upload(LINES, TARGET, mark="mark") is None
    create = ANTHROPIC.create(LINES, TARGET, file="", mark="mark")
    assert (create.url, create.headers["x-api-key"]) == (
        "https://models.example/v1/messages/batches",
        "secret",
    )
    assert json.loads(create.body)["requests"][0] == {"custom_id": "one", "params": {"model": "m-1"}}
    standing = ANTHROPIC.standing(200, {}, said({"id": "msgbatch_1", "processing_status": "ended"}))
    (results,) = ANTHROPIC.results(TARGET, standing)
    assert results.url == "https://models.example/v1/messages/batches/msgbatch_1/results"
    (forgotten,) = ANTHROPIC.forget(TARGET, file="", standing=standing)
    assert (forgotten.method, forgotten.url) == ("DELETE", results.url.removesuffix("/results"))


JOB = {"id": "0b1c-2", "object": "batch", "status": "RUNNING", "metadata": {"signalbox": "mark"}}


def test_mistral_s_jobs_have_the_model_once():
    assert MISTRAL.worded(b'{"model":"m-1","n":1}') == b'{"n":1}'
    upload = MISTRAL.upload([Line("two", b"{}")], TARGET, mark="mark")
    assert b'{"custom_id":"two","body":{}}\n' in upload.body
    create = MISTRAL.create(LINES, TARGET, file="f-1", mark="mark")
    assert create.url == "https://models.example/v1/batch/jobs"
    asked = json.loads(create.body)
    assert (asked["model"], asked["input_files"], asked["metadata"]) == (
        "m-1",
        ["f-1"],
        {"signalbox": "mark"},
    )


@pytest.mark.parametrize(
    ("changes", "has_ended", "files", "is_cut"),
    [
        ({}, False, (), False),
        ({"status": "SUCCESS", "output_file": "o-1", "error_file": None}, True, ("o-1",), False),
        ({"status": "TIMEOUT_EXCEEDED", "output_file": "o-1"}, True, ("o-1",), True),
    ],
)
def test_how_a_job_of_mistral_stands(changes, has_ended, files, is_cut):
    standing = MISTRAL.standing(200, {}, said({**JOB, **changes}))
    assert (standing.has_ended, standing.files, standing.is_cut) == (has_ended, files, is_cut)
    found = MISTRAL.marked(200, {}, said({"data": [JOB]}), mark="mark")
    assert found is not None
    assert found.batch == "0b1c-2"
    assert MISTRAL.marked(200, {}, said({"data": None}), mark="mark") is None
