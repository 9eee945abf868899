"""The sign-in page: single sign-on, a password, or both."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings


class SignIn(LoginView):
    """django-allauth's, which says whom passwords of ours still serve."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "passwords": _passwords()}


def _passwords() -> str:
    """For whom the form is; empty where it would serve nobody."""
    if not settings.OIDC_ONLY:
        return "Or with a user name and a password:"
    return "In an emergency, for superusers alone:" if settings.BREAK_GLASS_LOGIN else ""
