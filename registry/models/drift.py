from django.db import models

from audit.core.ids import uuid7
from registry.models.base import NAME_MAX_LENGTH

REPORTED_LENGTH = 256


class Drift(models.Model):
    """A provider says that it runs something else than the pinned version: once for each thing that it says.

    Every attempt records for itself whether it drifted; this is what people are told of.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    deployment = models.CharField(max_length=NAME_MAX_LENGTH)
    model = models.CharField(max_length=NAME_MAX_LENGTH)
    model_version = models.CharField("version", max_length=NAME_MAX_LENGTH)
    sent = models.CharField("pinned id", max_length=200)
    reported = models.CharField("reported id", max_length=REPORTED_LENGTH)
    fingerprint = models.CharField("reported fingerprint", max_length=REPORTED_LENGTH, blank=True)
    request_id = models.UUIDField("request in which it was first seen")
    seen_at = models.DateTimeField("first seen")
    blocked = models.BooleanField(default=False, help_text="The deployment was suspended for it.")

    class Meta:
        ordering = ["-seen_at", "-id"]
        verbose_name_plural = "drift"
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["deployment", "sent", "reported", "fingerprint"], name="drift_told_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deployment}: {self.reported} instead of {self.sent}"
