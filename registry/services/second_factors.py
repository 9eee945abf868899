"""Second factors of people, where the extra that keeps them is on: who lost theirs sets up a new one."""

from typing import Any

from django.apps import apps
from django.db import transaction

from audit.services import entries
from registry.models import User

APP = "allauth.mfa"


def available() -> bool:
    return apps.is_installed(APP)


def kinds_of(user: User) -> list[str]:
    return sorted(_rows(user).values_list("type", flat=True)) if available() else []


@transaction.atomic
def forget(*, actor: User, user: User) -> bool:
    """Take the person's second factor away, as after a lost phone; False where there was none."""
    kinds = kinds_of(user)
    if kinds:
        _rows(user).delete()
        told = {"actor": entries.actor_of(actor), "user": user.username, "kinds": kinds}
        entries.record("user.second_factor_forgotten", told)
    return bool(kinds)


def _rows(user: User) -> Any:
    model: Any = apps.all_models["mfa"]["authenticator"]
    return model._default_manager.filter(user_id=user.pk)
