"""Who calls: the Bearer key, looked up in memory, and what its scopes let it do."""

import time
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from registry.directory import Consumer
from routing import runtime
from routing.api.errors import ApiError
from routing.api.suspended import refuse_caller

MAX_KEY_CHARS = 200


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer sb-…`; or `api-key`, as Azure's clients send it, or `x-api-key`, as Anthropic's.

    Unknown, expired and revoked keys get one and the same answer.
    """

    def authenticate(self, request: Request) -> tuple[Consumer, None]:
        token = bearer_token(request.META)
        if token is None:
            raise ApiError("invalid_api_key", "No API key given: send `Authorization: Bearer <key>`.")
        directory = runtime.get().directory
        if directory is None:
            raise ApiError("service_unavailable", "The directory of keys is not loaded.", retry_after_s=1)
        consumer = directory.authenticate(token, time.time_ns() // 1000)
        if consumer is None:
            raise ApiError("invalid_api_key", "This API key is unknown, expired or revoked.")
        return consumer, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="signalbox"'


def bearer_token(meta: dict[str, Any]) -> str | None:
    """The key as sent, or None where there is none that could be one."""
    scheme, _, token = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        token = meta.get("HTTP_API_KEY") or meta.get("HTTP_X_API_KEY", "")
    token = token.strip()
    return token if 0 < len(token) <= MAX_KEY_CHARS and token.isascii() else None


class HasScope(BasePermission):
    """The key holds the scope that the view names, and is not suspended.

    A view that decides (`decides`) takes suspended keys too: its decision refuses them, on record.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        scope: str = view.scope  # type: ignore[attr-defined]
        consumer: Consumer = request.user  # type: ignore[assignment]
        if scope not in consumer.scopes:
            raise ApiError("insufficient_scope", f"This key lacks the scope `{scope}`.")
        if not view.decides:  # type: ignore[attr-defined]
            refuse_caller(runtime.get().directory, consumer)
        return True
