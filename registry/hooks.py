"""Around `migrate`: the triggers are lifted before it and installed after it (see registry.triggers)."""

from typing import Any

from django.db import connections

from registry import triggers


def lift_triggers(*, using: str, **kwargs: Any) -> None:
    triggers.lift(connections[using])


def install_triggers(*, using: str, **kwargs: Any) -> None:
    triggers.install(connections[using])
