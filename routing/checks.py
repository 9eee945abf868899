"""System checks of routing."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from registry.models import Lifecycle
from routing.core.decision import Reason
from routing.core.index import SERVING_LIFECYCLES
from routing.core.words import REASON_WORDS


@register
def vocabularies_agree(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The core is free of Django, so what it shares with the registry's choices is compared here."""
    found: list[CheckMessage] = []
    if not set(Lifecycle.values) >= SERVING_LIFECYCLES:
        hint = "Compare routing.core.index.SERVING_LIFECYCLES with registry.models.Lifecycle."
        found.append(Error("A serving lifecycle does not exist.", hint=hint, id="routing.E001"))
    if set(REASON_WORDS) != set(Reason):
        hint = "Add it to routing.core.words.REASON_WORDS."
        found.append(Error("A reason has no words.", hint=hint, id="routing.E002"))
    return found
