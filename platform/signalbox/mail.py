"""The mail server, read from one URL, so that its password can come from one file."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TIMEOUT_S = 10
DEFAULT_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
NO_BACKEND = "django.core.mail.backends.dummy.EmailBackend"


@dataclass(frozen=True, slots=True)
class Server:
    """Django's settings of it. `starttls` and `tls` are never both on."""

    backend: str = NO_BACKEND
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    tls: bool = False
    timeout_s: int = TIMEOUT_S


def settings_of(url: str) -> tuple[bool, Server]:
    """(whether e-mail is sent, the server). Empty is no e-mail; raises ImproperlyConfigured."""
    if not url:
        return False, Server()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("SIGNALBOX_EMAIL_URL is not a URL.") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured("SIGNALBOX_EMAIL_URL must be like smtp://user:password@host:587.")
    return True, Server(
        backend=SMTP_BACKEND,
        host=parts.hostname,
        port=port or DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp",
        tls=parts.scheme == "smtps",
    )
