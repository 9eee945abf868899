"""Whose account here a newcomer of the provider is, where addresses that it has verified are taken for that
(SIGNALBOX_OIDC_LINK_BY_EMAIL)."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from registry.models import User


def account_of(data: Mapping[str, Any]) -> User | None:
    """The one active account with an address that the provider says it has verified.

    None where that is not said, where several have it, where somebody of the provider's is bound to it
    already, and of superusers: nobody becomes one by what a provider says.
    """
    address = _verified_address(data)
    if not settings.OIDC_LINK_BY_EMAIL or not address:
        return None
    found = list(User.objects.filter(email__iexact=address, is_active=True)[:2])
    if len(found) != 1 or found[0].is_superuser:
        return None
    bound = SocialAccount.objects.filter(user=found[0]).exists()  # type: ignore[attr-defined]
    return None if bound else found[0]


def _verified_address(data: Mapping[str, Any]) -> str:
    """Said by one source together with its being verified."""
    for source in (data.get("userinfo"), data.get("id_token"), data):
        if isinstance(source, Mapping) and source.get("email_verified") is True:
            address = source.get("email")
            if isinstance(address, str):
                return address.strip()
    return ""
