"""The API's description, OpenAPI 3.1: made from the types that check requests and the table of errors."""

import json
from functools import cache
from typing import Any

import msgspec
from django.http import HttpResponse
from django.template.loader import render_to_string
from rest_framework.request import Request

from routing.api.answer_types import ChatCompletion, ErrorAnswer
from routing.api.base import AsyncAPIView
from routing.api.models import ModelList, ModelObject
from routing.api.openapi_batches import TYPES as BATCH_TYPES
from routing.api.openapi_batches import paths as batch_paths
from routing.api.openapi_feedback import TYPES as FEEDBACK_TYPES
from routing.api.openapi_feedback import paths as feedback_paths
from routing.api.openapi_operations import TYPES as OPERATION_TYPES
from routing.api.openapi_operations import paths as operation_paths
from routing.api.openapi_parts import (
    ANSWER_HEADERS,
    EVENTS,
    JSON,
    OF_BODIES,
    OF_CHAT,
    OF_EVERY,
    REF,
    answers,
    idempotency_key,
    json_body,
    labels,
    named,
    ref,
)
from routing.api.openapi_requests import TYPES as REQUEST_TYPES
from routing.api.openapi_requests import paths as request_paths
from routing.api.openapi_surfaces import TYPES as SURFACE_TYPES
from routing.api.openapi_surfaces import paths as surface_paths
from routing.api.route import RouteAnswer
from routing.api.wire_types import ChatRequest

VERSION = "1"
DOCS_CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)


@cache
def document() -> dict[str, Any]:
    types = (
        *(ChatRequest, ChatCompletion, ModelList, ModelObject, RouteAnswer, ErrorAnswer),
        *OPERATION_TYPES,
        *BATCH_TYPES,
        *FEEDBACK_TYPES,
        *REQUEST_TYPES,
        *SURFACE_TYPES,
    )
    _, schemas = msgspec.json.schema_components(types, ref_template=REF)
    schemas["ChatRequest"]["anyOf"] = [{"required": ["messages"]}, {"required": ["prompt"]}]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signalbox",
            "version": VERSION,
            "description": "OpenAI's and Anthropic's APIs for many language models, by your rules.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"apiKey": []}, {"xApiKey": []}],
        "paths": _paths(),
        "components": {
            "schemas": _portable(schemas),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`sb-…`"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "api-key"},
                "xApiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    answer = {JSON: ref("ChatCompletion"), EVENTS: {"schema": {"type": "string"}}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return {
        "/v1/chat/completions": {
            "post": {
                **named("createChatCompletion", "Complete a conversation"),
                "parameters": [*labels(), idempotency_key()],
                "requestBody": json_body("ChatRequest"),
                "responses": answers(
                    OF_CHAT, "The answer, whole or (with `stream`) as events.", answer, ANSWER_HEADERS
                ),
            }
        },
        **surface_paths(),
        **operation_paths(),
        **batch_paths(),
        **feedback_paths(),
        **request_paths(),
        "/v1/models": {
            "get": {
                **named("listModels", "List what this key may ask for"),
                "responses": answers(OF_EVERY, "Models, policies and `auto`.", {JSON: ref("ModelList")}),
            }
        },
        "/v1/models/{name}": {
            "get": {
                **named("getModel", "One of them"),
                "parameters": [name],
                "responses": answers(
                    (*OF_EVERY, "model_not_found", "not_found"), "It.", {JSON: ref("ModelObject")}
                ),
            }
        },
        "/v1/route": {
            "post": {
                **named("previewRoute", "Say what would happen, without calling anything"),
                "parameters": labels(),
                "requestBody": json_body("ChatRequest"),
                "responses": answers(
                    (*OF_EVERY, *OF_BODIES, "prompt_not_found"), "The decision.", {JSON: ref("RouteAnswer")}
                ),
            }
        },
    }


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
