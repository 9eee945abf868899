"""Roles that need a second factor reach no page of the admin before they have shown one."""

from collections.abc import Callable

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from registry.models import User

SHOWN = {"mfa", "socialaccount"}  # the provider asks for its own second factor


class SecondFactorMiddleware:
    """Sends who has no second factor to where one is set up, and who has not shown it back to the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and _is_guarded(request) and not passed(request, user):
            return HttpResponseRedirect(
                reverse("mfa_reauthenticate" if _has_one(user) else "mfa_activate_totp")
            )
        return self._get_response(request)


def passed(request: HttpRequest, user: User) -> bool:
    """Whether nothing more is asked of the person in this session."""
    shown = {record.get("method") for record in get_authentication_records(request, user)}
    if shown & SHOWN:
        return True
    roles = set(user.groups.values_list("name", flat=True))
    return not settings.SSO.needs_second_factor(roles, user.is_superuser)


def _is_guarded(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index")) and request.path != reverse("admin:logout")


def _has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
