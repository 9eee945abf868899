"""Who calls: a person, by a token of theirs or by the session of their browser; and what they may do here."""

from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from audit.core import current
from registry.api.errors import ApiError
from registry.models import AccessToken, User
from registry.services import access_tokens

MAX_HEADER_CHARS = 200


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer sbp-…`. A request that has this header is judged by it alone.

    Unknown, expired and revoked tokens get one and the same answer.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, text = header[:MAX_HEADER_CHARS].partition(" ")
        token = access_tokens.authenticate(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise ApiError("invalid_token", "This token is unknown, expired or revoked.")
        current.access_token.set(token.prefix)
        return token.user, token


class BrowserSession(SessionAuthentication):
    """The session of the admin, for pages of ours: only of people whom the admin lets in, and with CSRF."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        return found if found is not None and found[0].is_staff else None

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise ApiError("csrf_failed") from error


class MayCome(BasePermission):
    """The token has one of the scopes, and its user the right, that the view's operation names."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed = view.operation(request.method)  # type: ignore[attr-defined]
        if needed is None:  # the method is not there, and the view says so
            return True
        if not isinstance(request.user, User):
            raise ApiError("invalid_token", "No token given: send `Authorization: Bearer <token>`.")
        token = request.auth
        if isinstance(token, AccessToken) and not set(needed.scopes) & set(token.scopes):
            raise ApiError("insufficient_scope", f"This token lacks the scope `{needed.scopes[0]}`.")
        if not request.user.has_perm(needed.permission):
            raise ApiError("not_permitted", f"{request.user} lacks the right `{needed.permission}`.")
        return True


class PerPerson(SimpleRateThrottle):
    """So many requests a minute for each person, counted in each process."""

    def get_rate(self) -> str:
        return f"{settings.MANAGEMENT_PER_MIN}/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"management:{request.user.pk}" if isinstance(request.user, User) else None
