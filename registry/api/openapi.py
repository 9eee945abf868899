"""The description of the management API, OpenAPI 3.1: made from the operations that the views declare, the
types that check requests, and the table of errors."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from django.http import HttpResponse
from django.urls import URLPattern
from rest_framework.request import Request
from rest_framework.views import APIView

from registry.api.answer_types import ErrorAnswer
from registry.api.base import JSON, ManagementView, Operation
from registry.api.errors import CODES

VERSION = "1"
PREFIX = "/api/"
REF = "#/components/schemas/{name}"
OF_EVERY = (
    *("invalid_request", "invalid_token", "csrf_failed", "insufficient_scope", "not_permitted"),
    *("method_not_allowed", "rate_limit_exceeded", "internal_error"),
)
_PARAMETER = re.compile(r"<(\w+):(\w+)>")
TYPES = {"int": {"type": "integer", "minimum": 0}, "uuid": {"type": "string", "format": "uuid"}}


@cache
def document() -> dict[str, Any]:
    found = list(operations())
    types = {kind for _, _, one in found for kind in (one.body, one.answer) if kind and kind is not dict}
    by_name = sorted(types, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components([*by_name, ErrorAnswer], ref_template=REF)
    paths: dict[str, Any] = {}
    for route, method, operation in found:
        path = PREFIX + _PARAMETER.sub(r"{\2}", route)
        paths.setdefault(path, {})[method.lower()] = _described(route, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signalbox management",
            "version": VERSION,
            "description": "Reviewed changes, releases, the configuration and suspensions.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": _portable(schemas),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`sbp-…`"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            },
        },
    }


def operations() -> Iterator[tuple[str, str, Operation]]:
    """(route, method, operation) of every view."""
    from registry.api.urls import urlpatterns  # which names the view below

    for pattern in urlpatterns:
        view = getattr(pattern.callback, "cls", None) if isinstance(pattern, URLPattern) else None
        if isinstance(view, type) and issubclass(view, ManagementView):
            for method, operation in view.operations.items():
                yield str(pattern.pattern), method, operation


def _described(route: str, operation: Operation) -> dict[str, Any]:
    scopes = " or ".join(f"`{scope}`" for scope in operation.scopes)
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"A token needs the scope {scopes}; its user the right `{operation.permission}`.",
        "tags": ["management"],
        "parameters": [*_of_path(route), *_of_query(operation)],
        "responses": _answers(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: _ref(operation.body.__name__)}}
    return described


def _of_path(route: str) -> Iterator[dict[str, Any]]:
    for kind, name in _PARAMETER.findall(route):
        yield {"name": name, "in": "path", "required": True, "schema": TYPES[kind]}


def _of_query(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, text in (operation.query or {}).items():
        yield {
            "name": name,
            "in": "query",
            "required": False,
            "description": text,
            "schema": {"type": "string"},
        }


def _answers(operation: Operation) -> dict[str, Any]:
    schema = {"schema": {"type": "object"}} if operation.answer is dict else _ref(operation.answer.__name__)
    told = {str(operation.status): {"description": "It is done.", "content": {JSON: schema}}}
    return {**told, **_errors((*OF_EVERY, *operation.codes))}


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


def _ref(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": REF.format(name=name)}}


def _portable(schema: Any) -> Any:
    """Python's `\\A` and `\\Z` as the `^` and `$` of JSON Schema's dialect."""
    if isinstance(schema, dict):
        return {
            key: value.replace(r"\Z", "$").replace(r"\A", "^") if key == "pattern" else _portable(value)
            for key, value in schema.items()
        }
    return [_portable(item) for item in schema] if isinstance(schema, list) else schema


class OpenAPI(APIView):
    """Tells nothing that the source does not."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(json.dumps(document()), content_type=JSON)
