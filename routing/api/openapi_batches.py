"""The descriptions of files and batches."""

from typing import Any, Literal

from msgspec import Struct

from routing.api.batch_types import BatchRequest
from routing.api.openapi_parts import JSON, OF_BODIES, OF_EVERY, answers, json_body, labels, named, ref
from routing.api.uploads import FORM

BATCH_LABELS = "The labels hold for every request in it."


class FileObject(Struct):
    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: Literal["batch", "batch_output"]
    status: Literal["processed"]


class FileList(Struct):
    object: Literal["list"]
    data: list[FileObject]
    has_more: bool
    first_id: str | None = None
    last_id: str | None = None


class FileDeleted(Struct):
    id: str
    object: Literal["file"]
    deleted: bool


class BatchCounts(Struct):
    total: int
    completed: int
    failed: int


class BatchObject(Struct):
    """`output_file_id` has the answers and `error_file_id` the rest, once the batch has ended."""

    id: str
    object: Literal["batch"]
    endpoint: str
    status: str
    input_file_id: str
    completion_window: str
    created_at: int
    expires_at: int
    request_counts: BatchCounts
    output_file_id: str | None
    error_file_id: str | None
    errors: dict[str, Any] | None
    metadata: dict[str, str] | None


class BatchList(Struct):
    object: Literal["list"]
    data: list[BatchObject]
    has_more: bool
    first_id: str | None = None
    last_id: str | None = None


TYPES = (BatchRequest, FileObject, FileList, FileDeleted, BatchObject, BatchList)
NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
PAGE = [
    {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1}},
    {"name": "after", "in": "query", "required": False, "schema": {"type": "string"}},
]
OF_ONE = (*OF_EVERY, "not_found")


def paths() -> dict[str, Any]:
    return {**_files(), **_batches()}


def _files() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["file", "purpose"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "purpose": {"type": "string", "enum": ["batch"]},
        },
    }
    upload = {"required": True, "content": {FORM: {"schema": form}}}
    lines = {"application/jsonl": {"schema": {"type": "string", "format": "binary"}}}
    return {
        "/v1/files": {
            "get": _operation("listFiles", "List the team's files", "Files.", "FileList", PAGE),
            "post": {
                **_operation("createFile", "Store a file of requests", "It.", "FileObject"),
                "requestBody": upload,
                "responses": answers((*OF_EVERY, *OF_BODIES), "It.", {JSON: ref("FileObject")}),
            },
        },
        "/v1/files/{name}": {
            "get": _operation("getFile", "One of them", "It.", "FileObject", [NAME]),
            "delete": _operation("deleteFile", "Delete it", "It is gone.", "FileDeleted", [NAME]),
        },
        "/v1/files/{name}/content": {
            "get": {
                **named("getFileContent", "What it holds"),
                "parameters": [NAME],
                "responses": answers(OF_ONE, "Its lines.", lines),
            }
        },
    }


def _batches() -> dict[str, Any]:
    return {
        "/v1/batches": {
            "get": _operation("listBatches", "List the team's batches", "Batches.", "BatchList", PAGE),
            "post": {
                **named("createBatch", "Run the requests of a file in the background"),
                "description": BATCH_LABELS,
                "parameters": labels(),
                "requestBody": json_body("BatchRequest"),
                "responses": answers((*OF_EVERY, *OF_BODIES), "It.", {JSON: ref("BatchObject")}),
            },
        },
        "/v1/batches/{name}": {"get": _operation("getBatch", "One of them", "It.", "BatchObject", [NAME])},
        "/v1/batches/{name}/cancel": {
            "post": _operation("cancelBatch", "Begin no further line of it", "It.", "BatchObject", [NAME])
        },
    }


def _operation(
    operation: str, summary: str, meaning: str, answer: str, parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        **named(operation, summary),
        "parameters": parameters or [],
        "responses": answers(OF_ONE, meaning, {JSON: ref(answer)}),
    }
