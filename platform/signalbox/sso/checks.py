"""What is half configured of single sign-on or second factors is refused: a door that nobody meant is worse
than none."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from registry.services.roles import ROLES
from signalbox.sso.configuration import EVERYONE, OPTIONAL

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


@register(Tags.security)
def single_sign_on_is_whole(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return list(_found())


def _found() -> Iterator[CheckMessage]:
    sso, known = settings.SSO, {role.name for role in ROLES}
    if sso.wanted and not sso.installed:
        yield Error(
            "Single sign-on or second factors are configured, and django-allauth is not installed.",
            hint="pip install -c requirements-dev.txt 'signalbox[sso]'",
            id="signalbox.E020",
        )
    if sso.provider_wanted and not sso.provider_complete:
        yield Error(
            "Single sign-on is half configured.",
            hint="SIGNALBOX_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET and _ROLES belong together.",
            id="signalbox.E021",
        )
    if sso.issuer and not _is_safe(sso.issuer):
        yield Error("SIGNALBOX_OIDC_ISSUER must be https.", id="signalbox.E022")
    if unknown := sorted(set(sso.roles.values()) - known):
        yield Error(
            f"SIGNALBOX_OIDC_ROLES names roles that are none: {', '.join(unknown)}.",
            hint=f"There are: {', '.join(sorted(known))}.",
            id="signalbox.E023",
        )
    if settings.OIDC_ONLY and not (sso.enabled and sso.provider_complete):
        yield Error(
            "SIGNALBOX_OIDC_ONLY shuts passwords out, and there is no single sign-on: nobody could sign in.",
            id="signalbox.E024",
        )
    if unknown := sorted(sso.second_factor - known - {EVERYONE, OPTIONAL}):
        yield Error(
            f"SIGNALBOX_SECOND_FACTOR names roles that are none: {', '.join(unknown)}.",
            hint=f"“{EVERYONE}”, “{OPTIONAL}”, or: {', '.join(sorted(known))}.",
            id="signalbox.E025",
        )
    if sso.second_factor and not settings.FIELD_KEYS:
        yield Error(
            "Second factors are configured, and SIGNALBOX_FIELD_KEYS is empty: their secrets can't be kept.",
            id="signalbox.E026",
        )


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
