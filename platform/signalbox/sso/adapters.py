"""What django-allauth asks of us: who may come in, as whom, and how a second factor is kept."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from audit.actors import acting
from audit.contents import decrypt, encrypt
from audit.services import entries
from registry.models import User
from signalbox.addresses import client_address
from signalbox.sso import linking, roles


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in alone: nobody makes an account for themselves here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """People are told by notices of ours."""


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Whoever the provider sends with a role of ours comes in; an account is made at the first time."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Without a form. Whose address or name is known here already gets an account of their own all the
        same: to be taken for somebody else, what a provider says of a person is not enough."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Before anybody is signed in: roles as the claim says now, and none means no entry."""
        wanted = roles.roles_of(sociallogin.account.extra_data)
        if wanted and not sociallogin.is_existing:
            _link(request, sociallogin)
        if sociallogin.is_existing:
            roles.synchronise(sociallogin.user, wanted)
        if not wanted:
            name = sociallogin.user.username if sociallogin.is_existing else ""
            told = {"account": name, "known": bool(name), "from": client_address(request)}
            entries.record("login.failed", {**told, "door": "single sign-on", "why": "no role in the claim"})
            raise ImmediateHttpResponse(render(request, "signalbox/no_role.html", status=403))

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        with acting(settings.SSO.name):
            user: User = super().save_user(request, sociallogin, form)
        roles.synchronise(user, roles.roles_of(sociallogin.account.extra_data))
        return user


def _link(request: HttpRequest, sociallogin: Any) -> None:
    """Bind a newcomer to the account here that is theirs, where there is one; that it was is recorded."""
    known = linking.account_of(sociallogin.account.extra_data)
    if known is not None:
        sociallogin.connect(request, known)
        told = {"account": known.get_username(), "from": client_address(request)}
        entries.record("login.linked", {**told, "door": "single sign-on", "address": known.email})


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are encrypted under the field keys, like credentials."""

    def encrypt(self, text: str) -> str:
        return encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        content = decrypt(encrypted_text.encode())
        if content is None:
            raise PermissionDenied("No key that is configured reads the second factor.")
        return content.decode()
