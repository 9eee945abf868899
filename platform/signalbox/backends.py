"""Who may sign in with a password of ours."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest


class PasswordBackend(ModelBackend):
    """Django's, shut where single sign-on is the only way in; superusers pass where that is allowed."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        user = super().authenticate(request, username=username, password=password, **kwargs)
        return user if user is not None and passwords_open_to(user) else None


def passwords_open_to(user: Any) -> bool:
    if not settings.OIDC_ONLY:
        return True
    return bool(settings.BREAK_GLASS_LOGIN and user.is_superuser)
