"""System checks that refuse an unsafe production start, each with an id and a hint.

`check --deploy` reports them; web and worker refuse to start on any error unless DEMO or DEBUG says that
this is not production.
"""

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import DatabaseError, connection

from signalbox.errors import UnsafeStart

SECRET_KEY_LEAST_CHARACTERS = 50
DEMO_EMAIL_DOMAIN = "@demo.invalid"
DEMO_TEAM_PREFIX = "demo-"

Apps = Sequence[AppConfig] | None


@register(Tags.security)
def field_keys_are_readable(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    for position, key in enumerate(settings.FIELD_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"Key {position} of SIGNALBOX_FIELD_KEYS is not a Fernet key.",
                    hint="Make one: python -c 'from cryptography.fernet import Fernet as F; "
                    "print(F.generate_key().decode())'",
                    id="signalbox.E009",
                )
            ]
    return []


@register(Tags.security, deploy=True)
def debug_is_off(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        Error("DEBUG is on: error pages show settings.", hint="Unset SIGNALBOX_DEBUG.", id="signalbox.E001")
    ]


@register(Tags.security, deploy=True)
def secret_key_is_secret(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if key != settings.INSECURE_SECRET_KEY and len(key) >= SECRET_KEY_LEAST_CHARACTERS:
        return []
    return [
        Error(
            "SIGNALBOX_SECRET_KEY is missing, published or short: sessions could be forged.",
            hint=f"Set one of at least {SECRET_KEY_LEAST_CHARACTERS} random characters: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="signalbox.E002",
        )
    ]


@register(Tags.security, deploy=True)
def field_keys_are_set(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.FIELD_KEYS:
        return []
    return [
        Error(
            "SIGNALBOX_FIELD_KEYS is empty: neither credentials nor contents can be kept encrypted.",
            hint="Give at least one Fernet key, newest first; keep them apart from the database's backups.",
            id="signalbox.E003",
        )
    ]


@register(Tags.security, deploy=True)
def demo_mode_is_off(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not settings.DEMO:
        return []
    return [Error("This runs in demo mode.", hint="Unset SIGNALBOX_DEMO.", id="signalbox.E004")]


@register(Tags.security, deploy=True)
def no_demo_rows(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Logins and keys that a demo printed on a terminal open nothing in production."""
    from registry.models import ApiKey, User

    try:
        logins = User.objects.filter(email__endswith=DEMO_EMAIL_DOMAIN, is_active=True).count()
        keys = ApiKey.objects.filter(
            application__team__name__startswith=DEMO_TEAM_PREFIX, revoked_at__isnull=True
        ).count()
    except DatabaseError:
        return [
            Warning(
                "The database could not be asked whether it holds demo logins or keys.",
                hint="Is it reachable, and migrated?",
                id="signalbox.W005",
            )
        ]
    if not logins and not keys:
        return []
    return [
        Error(
            f"The database holds {logins} demo logins and {keys} demo keys that still work.",
            hint="Start production on a database of its own, or deactivate the logins and revoke the keys.",
            id="signalbox.E005",
        )
    ]


@register(Tags.security, deploy=True)
def sqlite_serves_one_host(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if connection.vendor != "sqlite" or (settings.WEB_HOSTS == 1 and settings.WEB_PROCESSES == 1):
        return []
    return [
        Error(
            "Several web hosts or processes are configured on SQLite, which is a file of one machine.",
            hint="Set DATABASE_URL to a PostgreSQL server.",
            id="signalbox.E006",
        )
    ]


@register(Tags.security, deploy=True)
def hosts_are_named(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "SIGNALBOX_ALLOWED_HOSTS allows any host, so links and CSRF checks can be misled.",
            hint="Name the hosts under which Signalbox is reached.",
            id="signalbox.E007",
        )
    ]


@register(Tags.security, deploy=True)
def cookies_are_secure(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE:
        return []
    return [
        Error(
            "Session cookies also travel over plain http.",
            hint="Serve over TLS and leave SIGNALBOX_SECURE_COOKIES on.",
            id="signalbox.E008",
        )
    ]


def refuse_unsafe_start() -> None:
    """Raises UnsafeStart with every error, unless DEMO or DEBUG says that this is not production.

    Asks the database; a database that is away is no reason to refuse, because everything else then does.
    """
    if settings.DEMO or settings.DEBUG:
        return
    found = run_checks(tags=[Tags.security], include_deployment_checks=True)
    errors = sorted((one for one in found if one.level >= ERROR), key=lambda one: str(one.id))
    if errors:
        lines = [f"  {message.id}: {message.msg} {message.hint or ''}" for message in errors]
        raise UnsafeStart("\n".join(("This start would be unsafe:", *lines)))


def refuse_unsafe_server() -> None:
    """For the start of a server: the connection is closed, because the asking thread is not a serving one."""
    try:
        refuse_unsafe_start()
    finally:
        connection.close()
