"""Roles from the identity provider's claim: given at a sign-in, taken back at the next once it is gone."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from audit.actors import acting
from registry.models import User

MAX_CLAIMED = 1_000


def claimed(data: Mapping[str, Any], claim: str) -> set[str]:
    """The names in `claim`, a dotted path, of the user info and of the id token together."""
    found: set[str] = set()
    for source in (data.get("userinfo"), data.get("id_token"), data):
        value = _at(source, claim)
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        found |= {name for name in names[:MAX_CLAIMED] if isinstance(name, str)}
    return found


def roles_of(data: Mapping[str, Any]) -> set[str]:
    """Our roles for what the provider says of a person."""
    names = claimed(data, settings.SSO.groups_claim)
    return {role for theirs, role in settings.SSO.roles.items() if theirs in names}


@transaction.atomic
def synchronise(user: User, roles: set[str]) -> None:
    """Give `user` exactly `roles` among those that the provider manages; roles that it doesn't name stay.

    What is done is recorded as the provider's doing. Nobody becomes a superuser this way.
    """
    managed = set(settings.SSO.roles.values())
    with acting(settings.SSO.name):
        held = set(user.groups.filter(name__in=managed).values_list("name", flat=True))
        if lost := held - roles:
            user.groups.remove(*Group.objects.filter(name__in=lost))
        if gained := roles - held:
            user.groups.add(*Group.objects.filter(name__in=gained))
        staff = user.is_superuser or user.groups.exists()
        if user.is_staff != staff:
            user.is_staff = staff
            user.save(update_fields=["is_staff"])


def _at(source: Any, path: str) -> Any:
    """A claim whose own name holds dots (a URL, say) is found by its whole name first."""
    if not isinstance(source, Mapping):
        return None
    if path in source:
        return source[path]
    first, _, rest = path.partition(".")
    return _at(source.get(first), rest) if rest else None
