"""What is returned to where a version must go, and whether that was tried."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from audit.core.ids import uuid7
from registry.history import tracked
from registry.models.base import Governed
from registry.models.model import ModelVersion


class RollbackPlan(Governed):
    """The version that takes over from another, should that one have to go."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="rollback_plans")
    returns_to = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="stands_in_for")
    notes = models.TextField(blank=True, help_text="What has to be done beside it.")

    history = tracked()

    class Meta:
        ordering = ["version"]
        verbose_name = "rollback plan"
        constraints = [
            models.UniqueConstraint(fields=["version"], name="rollback_plan_once"),
            models.CheckConstraint(condition=~Q(version=F("returns_to")), name="rollback_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.version} → {self.returns_to}"

    def clean(self) -> None:
        super().clean()
        if self.version_id is not None and self.version_id == self.returns_to_id:
            raise ValidationError({"returns_to": "It can't return to itself."})


class Drill(models.Model):
    """One trial of a rollback plan, in which nothing of what is in force was touched."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version_id = models.UUIDField()
    version = models.CharField(max_length=300)
    returns_to = models.CharField(max_length=300)
    held_at = models.DateTimeField()
    passed = models.BooleanField()
    report = models.JSONField()

    class Meta:
        ordering = ["-held_at", "-id"]
        default_permissions = ["view"]
        indexes = [models.Index(fields=["version_id", "held_at"], name="drill_of_version")]

    def __str__(self) -> str:
        return f"{self.version} → {self.returns_to}: {'passed' if self.passed else 'failed'}"
