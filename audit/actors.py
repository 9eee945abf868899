"""Who acts where no request says it: a command, a task, a shell, or a service that signs people in."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePath

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

MAX_NAME_CHARS = 150

_service: ContextVar[str] = ContextVar("acting service", default="")


@contextmanager
def acting(service: str) -> Iterator[None]:
    """What happens inside is done by `service`, whoever is signed in."""
    token = _service.set(service)
    try:
        yield
    finally:
        _service.reset(token)


def acting_service() -> str:
    return _service.get()


def system_name() -> str:
    """“the system (ann, manage.py shell)”: the operating system's user, and the program that runs."""
    return f"the system ({_os_user()}, {_program()})"[:MAX_NAME_CHARS]


def actor(user: AbstractBaseUser | AnonymousUser | None) -> dict[str, str]:
    """The `actor` of an entry: the service that acts, else `user`, else the system with its marks."""
    if service := acting_service():
        return {"kind": "service", "name": service}
    if user is not None and user.is_authenticated:
        return {"kind": "user", "name": user.get_username()}
    return {"kind": "system", "name": system_name()}


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no entry in /etc/passwd
        return f"uid {os.getuid()}"


def _program() -> str:
    name = PurePath(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    command = sys.argv[1] if name == "manage.py" and len(sys.argv) > 1 else ""
    return f"{name} {command}".strip()
