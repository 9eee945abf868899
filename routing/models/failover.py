"""Drills in which a provider fails on purpose, for the drill's own requests alone."""

from typing import ClassVar

from django.db import models

from audit.core.ids import uuid7


class FailoverDrill(models.Model):
    """What came of one: `report` says who served each policy instead (routing.services.failovers)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=200)
    held_at = models.DateTimeField(db_index=True)
    held_by = models.CharField(max_length=150, blank=True)
    passed = models.BooleanField()
    report = models.JSONField()

    class Meta:
        ordering: ClassVar = ["-held_at", "-id"]
        default_permissions: ClassVar = ["view"]

    def __str__(self) -> str:
        return f"{self.provider} fails: {'passed' if self.passed else 'failed'}"
