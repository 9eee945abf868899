"""Sign-ins in the register: those that succeed, fail or are locked out, and sign-outs.

These are the events of Django's own sign-in, which each door goes through (the admin's form, single sign-on),
so its signals are listened to: there is no service of ours that could record them. Passwords never come here.
What somebody typed as a name is kept only where there is such a login: people type their password there by
mistake.
"""

import logging
from typing import Any

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth import signals
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from audit.services import entries
from registry.models import Notice, NoticeKind, User
from registry.services import notices, roles
from signalbox.addresses import client_address
from signalbox.sso.configuration import BACKEND

logger = logging.getLogger(__name__)


def install() -> None:
    signals.user_logged_in.connect(succeeded, dispatch_uid="signalbox.signins")
    signals.user_logged_out.connect(ended, dispatch_uid="signalbox.signins")
    signals.user_login_failed.connect(failed, dispatch_uid="signalbox.signins")
    user_locked_out.connect(locked, dispatch_uid="signalbox.signins")


def succeeded(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    told = {"actor": entries.actor_of(user), "door": _door(request, user), "from": client_address(request)}
    entries.record("login.succeeded", told)


def ended(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        entries.record("logout", {"actor": entries.actor_of(user), "from": client_address(request)})


def failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """A wrong name or password. While the login is locked nothing is tried, so nothing is recorded."""
    if request is None or (getattr(request, "axes_locked_out", False) and not _just_locked(request)):
        return
    entries.record("login.failed", {**_account(credentials.get("username")), "from": client_address(request)})
    logger.warning("A sign-in failed.")


def locked(sender: Any, request: HttpRequest, username: str | None, **kwargs: Any) -> None:
    """Once for each lock, and the person and the admins are told."""
    if not _just_locked(request):
        return
    account, minutes = _account(username), settings.LOGIN_LOCK_MIN
    with transaction.atomic():
        entries.record("login.locked", {**account, "from": client_address(request), "minutes": minutes})
        if account["known"]:
            _tell(User.objects.get(username=username), client_address(request), minutes)


def _tell(user: User, address: str, minutes: int) -> None:
    """Not again while the last one is fresh: guessing from many addresses must bury nobody in notices."""
    subject = f"The login {user.username} was locked"
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    if Notice.objects.filter(kind=NoticeKind.LOGIN_LOCKED, subject=subject, created_at__gte=since).exists():
        return
    notices.tell(
        kind=NoticeKind.LOGIN_LOCKED,
        subject=subject,
        text=f"{settings.AXES_FAILURE_LIMIT} wrong passwords came from {address}. "
        f"From there it stays locked for {minutes} minutes, unless an admin unlocks it.",
        url=reverse("admin:registry_user_change", args=[user.pk]),
        to_groups=(roles.ADMIN,),
        to_users=(user,),
    )


def _just_locked(request: HttpRequest) -> bool:
    """Whether it was this request's failure that locked; a lock of before counts no failures."""
    return bool(getattr(request, "axes_failures_since_start", None))


def _account(name: Any) -> dict[str, Any]:
    known = isinstance(name, str) and User.objects.filter(username=name).exists()
    return {"account": name if known else "", "known": known}


def _door(request: HttpRequest, user: User) -> str:
    return "single sign-on" if getattr(user, "backend", "") == BACKEND else "password"
