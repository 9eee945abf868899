"""Versioned history of configuration rows, with the actor kept as text.

A row of history names its user by foreign key, which would be lost with the user; the name beside it stays.
What no signed-in person did (a shell, a command, a task) names the operating system's user and the program.
Secret fields are named by the model that has them and never reach a history table.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from audit.actors import acting_service, system_name

ACTOR_MAX_LENGTH = 150


class ActorField(models.CharField):  # type: ignore[type-arg]
    """The name of the history row's user, taken when the row is written, by `save` and in bulk alike."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        written = getattr(model_instance, self.attname)
        if not written:
            user = getattr(model_instance, "history_user", None)
            written = acting_service() or (system_name() if user is None else user.get_username())
            setattr(model_instance, self.attname, written[:ACTOR_MAX_LENGTH])
        return written[:ACTOR_MAX_LENGTH]


class ActorHistory(models.Model):
    """What every history row has beside simple-history's own columns."""

    history_actor = ActorField(max_length=ACTOR_MAX_LENGTH, blank=True, default="", editable=False)

    class Meta:
        abstract = True


def tracked(*, excluded: Sequence[str] = ()) -> HistoricalRecords:
    """`history = tracked()` on a model; `excluded` names the fields that must never be kept there."""
    return HistoricalRecords(  # type: ignore[no-untyped-call]
        bases=(ActorHistory,),
        excluded_fields=list(excluded),
        history_change_reason_field=models.TextField(blank=True, default="", null=True),
    )
