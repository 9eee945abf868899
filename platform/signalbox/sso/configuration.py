"""What is configured of single sign-on and second factors, and the Django settings that follow."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from signalbox import environment

EVERYONE = "*"
OPTIONAL = "optional"
PROVIDER = "sso"
APPS = (
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
)
MIDDLEWARE = (
    "allauth.account.middleware.AccountMiddleware",
    "signalbox.sso.second_factor.SecondFactorMiddleware",
)
BACKEND = "signalbox.sso.backends.SingleSignOnBackend"
TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Configuration:
    """`roles` maps what the provider's claim says to our roles; `second_factor` names those that need one."""

    installed: bool = False
    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    name: str = ""
    scopes: tuple[str, ...] = ()
    groups_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    second_factor: frozenset[str] = frozenset()

    @property
    def provider_wanted(self) -> bool:
        return bool(self.issuer or self.client_id or self.client_secret or self.roles)

    @property
    def provider_complete(self) -> bool:
        return bool(self.issuer and self.client_id and self.client_secret and self.roles)

    @property
    def wanted(self) -> bool:
        return self.provider_wanted or bool(self.second_factor)

    @property
    def enabled(self) -> bool:
        """Whether its apps and pages are there. What is wanted and not enabled is an error of `check`."""
        return self.installed and self.wanted

    def needs_second_factor(self, roles: set[str], superuser: bool) -> bool:
        if EVERYONE in self.second_factor:
            return True
        needed = self.second_factor - {OPTIONAL}
        return bool(needed & roles) or (superuser and bool(needed))


def read() -> Configuration:
    """From the environment. Raises ImproperlyConfigured for a mapping of roles that is none."""
    return Configuration(
        installed=importlib.util.find_spec("allauth") is not None,
        issuer=environment.text("SIGNALBOX_OIDC_ISSUER").rstrip("/"),
        client_id=environment.text("SIGNALBOX_OIDC_CLIENT_ID"),
        client_secret=environment.text("SIGNALBOX_OIDC_CLIENT_SECRET"),
        name=environment.text("SIGNALBOX_OIDC_NAME", "single sign-on"),
        scopes=tuple(environment.names("SIGNALBOX_OIDC_SCOPES", "openid,profile,email")),
        groups_claim=environment.text("SIGNALBOX_OIDC_GROUPS_CLAIM", "groups"),
        roles=mapping(environment.names("SIGNALBOX_OIDC_ROLES")),
        second_factor=frozenset(environment.names("SIGNALBOX_SECOND_FACTOR")),
    )


def mapping(pairs: list[str]) -> dict[str, str]:
    """`their group=our role` pairs; the last = divides, since names of theirs may hold one."""
    found = {}
    for pair in pairs:
        theirs, divider, ours = pair.rpartition("=")
        if not divider or not theirs.strip() or not ours.strip():
            raise ImproperlyConfigured(f"SIGNALBOX_OIDC_ROLES holds {pair!r}, which is not theirs=ours.")
        found[theirs.strip()] = ours.strip()
    return found


def django_settings(configuration: Configuration) -> dict[str, Any]:
    """What django-allauth reads. It signs nobody up: people come from the provider, or are made by admins."""
    app = {
        "provider_id": PROVIDER,
        "name": configuration.name,
        "client_id": configuration.client_id,
        "secret": configuration.client_secret,
        "settings": {"server_url": configuration.issuer},
    }
    provider = {"OAUTH_PKCE_ENABLED": True, "SCOPE": list(configuration.scopes), "APPS": [app]}
    return {
        "LOGIN_URL": "account_login",
        "ACCOUNT_ADAPTER": "signalbox.sso.adapters.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_EMAIL_NOTIFICATIONS": False,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_UNIQUE_EMAIL": False,
        "ACCOUNT_SESSION_REMEMBER": True,
        "SOCIALACCOUNT_ADAPTER": "signalbox.sso.adapters.ProviderAdapter",
        "SOCIALACCOUNT_AUTO_SIGNUP": True,
        "SOCIALACCOUNT_EMAIL_VERIFICATION": "none",
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_LOGIN_ON_GET": False,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": TIMEOUT_S,
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": provider if configuration.provider_complete else {}},
        "MFA_ADAPTER": "signalbox.sso.adapters.SecondFactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
        "MFA_TOTP_ISSUER": "Signalbox",
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
    }
