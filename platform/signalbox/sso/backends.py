"""The backend under which people are signed in who came through the identity provider."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest


class SingleSignOnBackend(AuthenticationBackend):
    """Opens nothing by itself: passwords are for signalbox.backends alone, with its rules."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> None:
        return None
