"""Second factors in the register: those that fail, are set up, and are taken away."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from django.http import HttpRequest

from audit.actors import actor
from audit.services import entries
from registry.models import User
from signalbox.addresses import client_address


def install() -> None:
    signals.authentication_failed.connect(failed, dispatch_uid="signalbox.sso")
    signals.authenticator_added.connect(added, dispatch_uid="signalbox.sso")
    signals.authenticator_removed.connect(removed, dispatch_uid="signalbox.sso")


def failed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    told = {"account": user.username, "known": True, "from": client_address(request)}
    entries.record("login.failed", {**told, "door": "second factor"})


def added(sender: Any, request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    """Who set one up has shown a code of it, and is asked for no other in this session."""
    _record("user.second_factor_added", user, authenticator)
    record_authentication(request, user, "mfa", id=authenticator.pk, type=str(authenticator.type))


def removed(sender: Any, request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    _record("user.second_factor_removed", user, authenticator)


def _record(event_type: str, user: User, authenticator: Any) -> None:
    told = {"user": user.username, "kind": str(authenticator.type)}
    entries.record(event_type, {"actor": actor(user), **told})
