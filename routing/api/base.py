"""DRF's view, awaited: authentication, permissions and exception handling in one coroutine.

All of DRF's checks here are in memory, so none needs a thread. Left out are its parsing, rendering, versions
and throttles: these views read and answer with bytes, whatever `Accept` says, and Valkey keeps the limits.
"""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

from routing.api.auth import HasScope, KeyAuthentication
from routing.api.errors import ApiError
from routing.surfaces.chat import CHAT
from routing.surfaces.contract import Surface


class AsyncAPIView(APIView):
    """`APIView` whose handlers are coroutines that return a finished response."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)
    parser_classes = ()
    scope = "chat"
    surface: Surface = CHAT  # whose shape errors have
    decides = False  # whether the view makes a decision, which refuses what is suspended
    view_is_async = True

    async def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        self.args, self.kwargs = args, kwargs
        drf_request = self.request = self.initialize_request(request, *args, **kwargs)
        try:
            handler = self._handler(request.method)
            self.initial(drf_request, *args, **kwargs)
            response: HttpResponseBase = await handler(drf_request, *args, **kwargs)
        except (ApiError, exceptions.APIException) as error:
            response = self.handle_exception(error)
        self.sign(drf_request, response)
        return response

    def sign(self, request: Request, response: HttpResponseBase) -> None:
        """Headers that every answer of the view has, errors too; there are none."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, and whether they may."""
        self.perform_authentication(request)
        self.check_permissions(request)

    def _handler(self, method: str) -> Any:
        """The handler, found before the key is looked at: a 405 says nothing about keys."""
        name = method.lower()
        handler = getattr(self, name, None) if name in self.http_method_names and name != "options" else None
        if handler is None:
            allow = ", ".join(sorted(self._implemented()))
            raise ApiError("method_not_allowed", f"{method} is not allowed here.", headers={"allow": allow})
        return handler

    def _implemented(self) -> set[str]:
        return {n.upper() for n in self.http_method_names if n != "options" and hasattr(self, n)}

    def get_exception_handler(self) -> Any:
        return api_exception


def api_exception(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Our errors and DRF's own in the surface's shape; None lets others go to the outermost boundary."""
    found = _api_error(error)
    return None if found is None else found.response(context["view"].surface)


def _api_error(error: Exception) -> ApiError | None:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, exceptions.Throttled):
        return ApiError("rate_limit_exceeded", retry_after_s=getattr(error, "wait", None))
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        return ApiError("invalid_api_key")
    if isinstance(error, exceptions.PermissionDenied):
        return ApiError("insufficient_scope")
    if isinstance(error, exceptions.APIException) and error.status_code < 500:
        return ApiError("invalid_request", str(error.detail))
    return None
