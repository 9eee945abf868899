"""The demo's cast: one login per role, so that nobody in it can do everything."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction

from registry.models import User
from registry.services import roles
from signalbox.checks import DEMO_EMAIL_DOMAIN

GROUPS = {
    "admin": roles.ADMIN,
    "author": roles.POLICY_AUTHOR,
    "approver": roles.APPROVER,
    "auditor": roles.AUDITOR,
}


@dataclass(frozen=True, slots=True)
class Cast:
    admin: User
    author: User
    approver: User
    auditor: User


@transaction.atomic
def ensure(passwords: Mapping[str, str]) -> Cast:
    """The four, each in its group and with the password that was printed."""
    roles.seed()
    return Cast(**{login: _login(login, passwords[login]) for login in GROUPS})


def _login(login: str, password: str) -> User:
    user = User.objects.filter(username=login).first()
    if user is None:
        user = User(username=login, email=f"{login}{DEMO_EMAIL_DOMAIN}", is_staff=True)
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    user.groups.set([Group.objects.get(name=GROUPS[login])])
    # Permissions are cached on the object that was asked before its groups were set.
    return User.objects.get(pk=user.pk)
