"""The API's description, OpenAPI 3.1: made from the types that check requests and the table of errors."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from django.http import HttpResponse
from django.template.loader import render_to_string
from rest_framework.request import Request

from routing.api.answer_types import ChatCompletion, ErrorAnswer
from routing.api.base import AsyncAPIView
from routing.api.errors import CODES
from routing.api.labels import MAX_IDEMPOTENCY_KEY_CHARS, MAX_LABEL_CHARS
from routing.api.models import ModelList, ModelObject
from routing.api.route import RouteAnswer
from routing.api.wire_types import ChatRequest

VERSION = "1"
REF = "#/components/schemas/{name}"
JSON = "application/json"
EVENTS = "text/event-stream"
DOCS_CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)

# By operation: the codes that it may answer with.
OF_EVERY = (
    *("invalid_request", "invalid_api_key", "insufficient_scope"),
    *("method_not_allowed", "service_unavailable", "internal_error"),
)
OF_BODIES = ("request_timeout", "request_too_large", "unsupported_media_type", "data_class_unknown")
OF_CHAT = tuple(code for code in CODES if code not in ("not_found", "request_cancelled"))

LABELS = {
    "x-signalbox-data-class": (
        "The class of the data in this request. Without it the key's default holds, and without that the "
        "strictest class there is. Also as `metadata.data_class`."
    ),
    "x-signalbox-task": "What the request is for, for rules: any word. Also as `metadata.task`.",
    "x-signalbox-tags": "Tags for rules and reports, with commas between. Also as `metadata.tags`.",
    "x-signalbox-residency": (
        "Where the data may go, beside what the matrix allows: countries (`DE, FR`, or `EU`, `EEA`) and "
        "`region:<label>`, with commas between. It only narrows. Also as `metadata.residency`."
    ),
}
ANSWER_HEADERS = {
    "x-request-id": "The request's id, by which it is found in the register.",
    "x-signalbox-model": "The model that served the request.",
    "x-signalbox-model-version": "Its pinned version.",
    "x-signalbox-deployment": "The deployment that was called.",
    "x-signalbox-provider": "Its provider.",
    "x-signalbox-policy": "The policy that decided.",
    "x-signalbox-rule": "The rule that matched.",
    "x-signalbox-release": "The number of the release that was in force.",
    "x-signalbox-data-class": "The data class that was applied.",
    "x-signalbox-cost-usd": (
        "What was settled, in dollars. Not on streams: they begin before it is known, and say it in "
        "`signalbox` of the chunk that has the usage."
    ),
    "x-signalbox-attempts": "How many calls were made for it.",
    "x-signalbox-unsupported": "Fields that the model does not take, where the policy only warns.",
    "idempotent-replayed": "`true` where this is the kept result of an earlier request.",
}


@cache
def document() -> dict[str, Any]:
    types = (ChatRequest, ChatCompletion, ModelList, ModelObject, RouteAnswer, ErrorAnswer)
    _, schemas = msgspec.json.schema_components(types, ref_template=REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signalbox",
            "version": VERSION,
            "description": "One API for many language models: OpenAI's, governed by your rules.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"apiKey": []}],
        "paths": _paths(),
        "components": {
            "schemas": _portable(schemas),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`sb-…`"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "api-key"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    answer = {JSON: _ref("ChatCompletion"), EVENTS: {"schema": {"type": "string"}}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return {
        "/v1/chat/completions": {
            "post": {
                **_named("createChatCompletion", "Complete a conversation"),
                "parameters": [*_labels(), _idempotency_key()],
                "requestBody": _body(),
                "responses": _answers(
                    OF_CHAT, "The answer, whole or (with `stream`) as events.", answer, ANSWER_HEADERS
                ),
            }
        },
        "/v1/models": {
            "get": {
                **_named("listModels", "List what this key may ask for"),
                "responses": _answers(OF_EVERY, "Models, policies and `auto`.", {JSON: _ref("ModelList")}),
            }
        },
        "/v1/models/{name}": {
            "get": {
                **_named("getModel", "One of them"),
                "parameters": [name],
                "responses": _answers(
                    (*OF_EVERY, "model_not_found", "not_found"), "It.", {JSON: _ref("ModelObject")}
                ),
            }
        },
        "/v1/route": {
            "post": {
                **_named("previewRoute", "Say what would happen, without calling anything"),
                "parameters": _labels(),
                "requestBody": _body(),
                "responses": _answers((*OF_EVERY, *OF_BODIES), "The decision.", {JSON: _ref("RouteAnswer")}),
            }
        },
    }


def _named(operation: str, summary: str) -> dict[str, Any]:
    return {"operationId": operation, "summary": summary}


def _answers(
    codes: Iterable[str], meaning: str, content: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    told = {"x-request-id": ANSWER_HEADERS["x-request-id"], **(headers or {})}
    ok = {
        "description": meaning,
        "content": content,
        "headers": {name: _header(text) for name, text in told.items()},
    }
    return {"200": ok, **_errors(codes)}


def _errors(codes: Iterable[str]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(CODES[code].status, []).append(code)
    return {
        str(status): {
            "description": "\n".join(f"- `{code}`: {CODES[code].meaning}" for code in found),
            "content": {JSON: _ref("ErrorAnswer")},
        }
        for status, found in sorted(by_status.items())
    }


def _body() -> dict[str, Any]:
    return {"required": True, "content": {JSON: _ref("ChatRequest")}}


def _labels() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": text,
            "schema": {"type": "string", "maxLength": MAX_LABEL_CHARS},
        }
        for name, text in LABELS.items()
    ]


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Run this request once: the first result is kept for a day, and given again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY_CHARS},
    }


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _ref(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": REF.format(name=name)}}


def _portable(schema: Any) -> Any:
    """Python's `\\Z` as the `$` of JSON Schema's dialect."""
    if isinstance(schema, dict):
        return {
            key: value.replace(r"\Z", "$") if key == "pattern" else _portable(value)
            for key, value in schema.items()
        }
    return [_portable(item) for item in schema] if isinstance(schema, list) else schema


class _Public(AsyncAPIView):
    """Tells nothing that the source does not."""

    def get_authenticators(self) -> list[Any]:
        return []

    def get_permissions(self) -> list[Any]:
        return []


class OpenAPI(_Public):
    async def get(self, request: Request) -> HttpResponse:
        return HttpResponse(json.dumps(document()), content_type=JSON)


class Docs(_Public):
    async def get(self, request: Request) -> HttpResponse:
        page = render_to_string("routing/docs.html")
        return HttpResponse(page, headers={"content-security-policy": DOCS_CSP})
