"""Who must agree to what: areas, and how many people of each."""

from django.db import models

from registry.history import tracked
from registry.models.base import Governed

MAX_QUORUM = 5


class Area(models.TextChoices):
    """Each owns a part of the configuration."""

    PLATFORM = "platform", "Platform"  # policies, models, deployments
    PRIVACY = "privacy", "Privacy"  # data classes, the matrix, certifications
    FINANCE = "finance", "Finance"  # prices and limits


class ReviewRule(Governed):
    """How many people must approve a change in an area. It is governed itself, by its own area.

    With a quorum of nobody its changes are self-published, and every release says so.
    """

    area = models.CharField(max_length=16, choices=Area.choices, unique=True)
    quorum = models.PositiveSmallIntegerField(
        default=1, help_text="How many people besides the author approve; 0 for a team of one."
    )

    history = tracked()

    class Meta:
        ordering = ["area"]
        constraints = [
            models.CheckConstraint(condition=models.Q(area__in=Area.values), name="review_rule_area_known"),
            models.CheckConstraint(
                condition=models.Q(quorum__lte=MAX_QUORUM), name="review_rule_quorum_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_area_display()}: {self.quorum}"
