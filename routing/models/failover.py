"""Drills in which a provider fails on purpose, for the drill's own requests alone."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7

MAX_EVERY_H = 720


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


class FailoverPlan(models.Model):
    """A provider that is failed on purpose every so often, so that a dead passive one is noticed.

    Live, since it takes nothing away and lets nothing through; its requests are paid by the key.
    """

    provider = models.CharField(max_length=200, unique=True)
    key = models.CharField(max_length=12, help_text="Prefix of the key that sends the requests.")
    every_h = models.PositiveSmallIntegerField(
        "every so many hours", validators=[MinValueValidator(1), MaxValueValidator(MAX_EVERY_H)]
    )
    planned_by = models.CharField(max_length=150)
    held_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["provider"]
        default_permissions: ClassVar = ["view"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(every_h__gte=1, every_h__lte=MAX_EVERY_H), name="failover_plan_every_h_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} every {self.every_h} h"
