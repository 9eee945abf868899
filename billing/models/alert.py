"""Thresholds that were passed."""

from django.db import models

from billing.models.budget import Budget


class BudgetAlert(models.Model):
    """A budget passed a threshold in a window: told once."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="alerts")
    window_start = models.DateTimeField()
    end_user = models.CharField(max_length=256, blank=True, help_text="Of a budget for each end user.")
    threshold = models.PositiveSmallIntegerField("threshold (%)")
    spent_nano = models.BigIntegerField()
    limit_nano = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "window_start", "end_user", "threshold"], name="billing_alert_fires_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.budget} passed {self.threshold}%"
