"""Impact replays: what a proposal would have made of recorded requests."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7
from registry.models import Proposal

MAX_DECISIONS = 100_000
DEFAULT_DECISIONS = 10_000


class RunState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class ImpactRun(models.Model):
    """One replay, of one digest: where the proposal was edited since, it says nothing of what it says now."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="impact_runs")
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.QUEUED)
    decisions = models.PositiveIntegerField(
        "decisions at most", default=DEFAULT_DECISIONS, help_text="The newest ones, at most 100,000."
    )
    since = models.DateTimeField(null=True, blank=True, help_text="UTC. Empty: however old.")
    until = models.DateTimeField(null=True, blank=True, help_text="UTC. Empty: up to now.")
    application = models.CharField(max_length=128, blank=True, default="", help_text="Of this one alone.")
    tag = models.CharField(max_length=128, blank=True, default="", help_text="With this tag alone.")
    source = models.CharField(
        max_length=32, blank=True, default="", help_text="Empty: recorded decisions; see routing.sources."
    )
    source_name = models.CharField(max_length=128, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    unreadable = models.PositiveIntegerField(default=0)  # recorded with a digest in place of its inputs
    report = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    asked_by = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        default_permissions: ClassVar[list[str]] = ["view"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="impact_state_known"),
            models.CheckConstraint(condition=Q(decisions__lte=MAX_DECISIONS), name="impact_bounded"),
        ]

    def __str__(self) -> str:
        return f"impact of P{self.proposal.number}"

    @property
    def is_over(self) -> bool:
        return self.state in (RunState.DONE, RunState.FAILED)

    @property
    def percent(self) -> int:
        return 100 if self.state == RunState.DONE else 100 * self.done // max(self.total, 1)

    @property
    def figures(self) -> dict[str, Any]:
        return self.report or {}
