"""Rules whose fallbacks served more than their band."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7


class FallbackAlert(models.Model):
    """A rule's fallbacks serve more than its policy's band: told once, closed when it is over.

    Names are kept as text, since the alert outlives what it names.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.CharField(max_length=200)
    rule = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    band_percent = models.PositiveSmallIntegerField("band (%)")
    answers = models.PositiveIntegerField(help_text="Within the window, when it was opened.")
    fallbacks = models.PositiveIntegerField(help_text="Those of the answers that a fallback gave.")
    failing = models.CharField(max_length=200, blank=True, help_text="The deployment passed over most.")
    reason = models.CharField(max_length=32, blank=True)
    serving = models.CharField(max_length=200, blank=True, help_text="The deployment that answered most.")

    class Meta:
        ordering: ClassVar = ["-opened_at", "-id"]
        default_permissions: ClassVar = ["view"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["policy", "rule"],
                name="fallback_alert_open_once",
                condition=Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}#{self.rule}: {self.percent:.0f} % by fallbacks"

    @property
    def percent(self) -> float:
        return 100 * self.fallbacks / self.answers if self.answers else 0.0
