"""Where notices are posted."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from registry.core.endpoints import MAX_URL_LENGTH, endpoint_problem
from registry.history import tracked
from registry.models.base import Governed, name_field
from registry.models.kinds import NoticeKind


def validate_kinds(value: object) -> None:
    if not isinstance(value, list) or not set(value) <= set(NoticeKind.values):
        raise ValidationError("Kinds are distinct names out of: " + ", ".join(NoticeKind.values))


class Webhook(Governed):
    """An address of somebody's own to which notices are posted, signed with a secret that was shown once."""

    name = name_field("As the outbox names it.")
    url = models.CharField(
        "URL", max_length=MAX_URL_LENGTH, help_text="Public https, unless its host is allowed."
    )
    kinds = models.JSONField(
        default=list, blank=True, validators=[validate_kinds], help_text="None chosen: notices of every kind."
    )
    enabled = models.BooleanField(
        default=True, help_text="Off: nothing is posted, and nothing is kept for it."
    )
    ciphertext = models.TextField(blank=True, default="", editable=False)

    history = tracked(excluded=["ciphertext"])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if problem := endpoint_problem(self.url, settings.INSECURE_ENDPOINT_HOSTS):
            raise ValidationError({"url": problem})

    def __getstate__(self) -> dict[str, Any]:
        """A pickled webhook has no secret in it."""
        return {**super().__getstate__(), "ciphertext": ""}
