"""The projection of experiments: which arm a request had, and what became of it."""

from typing import ClassVar

from django.db import models


class Trial(models.Model):
    """A finished request that an experiment's rule decided; `arm` is empty where no arm was reached.

    `variant` names what the arm's route was, so that what another route did is not counted for it.
    """

    request_id = models.UUIDField(primary_key=True, editable=False)
    experiment = models.CharField(max_length=64, blank=True)
    arm = models.CharField(max_length=64, blank=True)
    variant = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField(db_index=True)
    failed = models.BooleanField(default=False)
    latency_ms = models.BigIntegerField(null=True)
    cost_nano = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        default_permissions: ClassVar[list[str]] = []
        indexes: ClassVar = [
            models.Index(fields=["experiment", "arm", "variant", "at"], name="trial_by_arm"),
        ]

    def __str__(self) -> str:
        return f"{self.experiment}#{self.arm}: {self.request_id}"
