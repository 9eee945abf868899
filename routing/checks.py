"""System checks of routing."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from registry.models import Lifecycle
from routing import engines
from routing.core.decision import Reason
from routing.core.detected import ACTIONS, OUTPUT_ACTIONS
from routing.core.index import SERVING_LIFECYCLES
from routing.core.words import REASON_WORDS
from routing.models.detection import Action, OutputAction


@register
def extras_are_installed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What this installation says it has, so that a missing part stops the start and not the requests."""
    if settings.PRESIDIO_EXPECTED and not engines.is_installed():
        hint = "Install signalbox[presidio], or unset SIGNALBOX_PRESIDIO."
        return [Error("Presidio is expected and not installed.", hint=hint, id="routing.E003")]
    return []


@register
def vocabularies_agree(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The core is free of Django, so what it shares with the registry's choices is compared here."""
    found: list[CheckMessage] = []
    if not set(Lifecycle.values) >= SERVING_LIFECYCLES:
        hint = "Compare routing.core.index.SERVING_LIFECYCLES with registry.models.Lifecycle."
        found.append(Error("A serving lifecycle does not exist.", hint=hint, id="routing.E001"))
    if set(Action.values) != set(ACTIONS) or set(OutputAction.values) != set(OUTPUT_ACTIONS):
        hint = "Compare routing.core.detected with routing.models.detection."
        found.append(Error("What happens to findings is named differently.", hint=hint, id="routing.E004"))
    if set(REASON_WORDS) != set(Reason):
        hint = "Add it to routing.core.words.REASON_WORDS."
        found.append(Error("A reason has no words.", hint=hint, id="routing.E002"))
    return found
