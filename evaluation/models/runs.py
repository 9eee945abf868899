"""Models run over an evaluation set: live rows, which steer nothing. What they answered is not kept, only how
good it was; the register has the requests."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7
from evaluation.models.sets import EvaluationSet
from registry.models.base import NAME_MAX_LENGTH


class RunState(models.TextChoices):
    RUNNING = "running", "running"
    DONE = "done", "done"
    CANCELLED = "cancelled", "cancelled"


class ModelRun(models.Model):
    """`targets` are asked for as an application writes them: models or policies. `leased_until` says that a
    task works on it; one that died lets go of it by the clock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    set = models.ForeignKey(EvaluationSet, on_delete=models.PROTECT, related_name="runs")
    set_digest = models.CharField("data digest", max_length=64, editable=False)
    key_prefix = models.CharField("API key", max_length=64, help_text="Whose requests they are.")
    targets = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.RUNNING)
    why = models.CharField(max_length=200, blank=True, help_text="Why it ended before all was asked.")
    created_at = models.DateTimeField()
    created_by_name = models.CharField("begun by", max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    digest = models.CharField("digest of the outcomes", max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "run of models"
        verbose_name_plural = "runs of models"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="model_run_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.set} on {self.created_at:%Y-%m-%d %H:%M}"


class ModelOutcome(models.Model):
    """One item asked of one target. `status` is what it was answered with, None until then; `score` is in
    thousandths, None where no answer came or the item has no grader."""

    run = models.ForeignKey(ModelRun, on_delete=models.CASCADE, related_name="outcomes")
    target = models.CharField(max_length=256)
    item = models.CharField(max_length=NAME_MAX_LENGTH)
    task = models.CharField(max_length=NAME_MAX_LENGTH, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=64, blank=True)
    score = models.PositiveSmallIntegerField(null=True)
    request_id = models.UUIDField(null=True)
    model = models.CharField(max_length=200, blank=True)
    model_version = models.CharField(max_length=200, blank=True)
    cost_nano = models.BigIntegerField(null=True)
    latency_ms = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        default_permissions: ClassVar[list[str]] = []
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "target", "item"], name="model_outcome_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.item}"
