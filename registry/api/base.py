"""What every view of the management API does: who calls, bounded bodies read by type, JSON out, one error
shape."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from audit.core import current
from audit.core.ids import uuid7
from registry.api.auth import BrowserSession, MayCome, PerPerson, TokenAuthentication
from registry.api.errors import ApiError, of_domain
from registry.models import User

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 5 * 1024 * 1024
JSON = "application/json"
T = TypeVar("T")
_WHERE = re.compile(r" - at `\$\.?(.*)`\Z")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a view: who may, and what the description says of it. `scopes` are those of which a token
    needs one; `body` and `answer` are types; `query` maps a parameter to what it means."""

    name: str
    summary: str
    scopes: tuple[str, ...]
    permission: str
    answer: Any
    body: type[msgspec.Struct] | None = None
    query: Mapping[str, str] | None = None
    codes: tuple[str, ...] = ()
    status: int = 200


class AnyClient(BaseContentNegotiation):
    """Whatever `Accept` says: there is one form of each answer."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ManagementView(APIView):
    authentication_classes = (TokenAuthentication, BrowserSession)
    permission_classes = (MayCome,)
    throttle_classes = (PerPerson,)
    content_negotiation_class = AnyClient
    metadata_class = None
    operations: ClassVar[Mapping[str, Operation]] = {}

    @classmethod
    def operation(cls, method: str | None) -> Operation | None:
        return cls.operations.get("GET" if method == "HEAD" else method or "")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request_id = str(uuid7())
        about = current.request_id.set(request_id)
        by = current.access_token.set("")
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        finally:
            current.access_token.reset(by)
            current.request_id.reset(about)
        response["x-request-id"] = request_id
        response["cache-control"] = "no-store"
        return response

    def get_exception_handler(self) -> Any:
        return answered

    @property
    def actor(self) -> User:
        """MayCome lets nobody else in."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def body(self, kind: type[T]) -> T:
        """The request's body as `kind`; nothing at all is an empty object."""
        request = self.request._request
        raw = request.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise ApiError("request_too_large", f"The limit is {MAX_BODY_BYTES} bytes.")
        if raw and request.content_type != JSON:
            raise ApiError("unsupported_media_type")
        if b"\\u0000" in raw:
            raise ApiError("invalid_request", "The character U+0000 is not taken.")
        try:
            return msgspec.json.decode(raw or b"{}", type=kind)
        except msgspec.ValidationError as error:
            where = _WHERE.search(str(error))
            raise ApiError("invalid_request", str(error), param=where[1] if where else None) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiError("invalid_request", f"The body can't be read: {error}") from error


def answer(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(value), status=status, content_type=JSON)


def answered(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Any error as an answer. This is the outermost boundary: a defect is logged with its traceback."""
    found = error if isinstance(error, ApiError) else of_framework(error) or of_domain(error)
    if found is None:
        log.error("a management request failed", exc_info=error)
        found = ApiError("internal_error")
    return found.response()


def of_framework(error: Exception) -> ApiError | None:
    """What DRF raises by itself."""
    match error:
        case exceptions.Throttled():
            return ApiError("rate_limit_exceeded", retry_after_s=getattr(error, "wait", None) or 1)
        case exceptions.MethodNotAllowed():
            return ApiError("method_not_allowed")
        case exceptions.APIException() if error.status_code < 500:
            return ApiError("invalid_request", str(error.detail))
    return None


class NotThere(APIView):
    """Every path that is none, in the API's shape."""

    authentication_classes = ()
    permission_classes = ()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return ApiError("not_found", "There is no such path.").response()
