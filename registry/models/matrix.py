"""The compliance matrix: which class of data may go to which deployment. What is absent is denied."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from registry.core.conditions import is_known, written_out
from registry.history import tracked
from registry.models.base import Governed
from registry.models.data_class import DataClass, DataKind, validate_kinds
from registry.models.deployment import Deployment

__all__ = ["DataClass", "DataKind", "Decision", "MatrixCell", "validate_kinds"]


class Decision(models.TextChoices):
    APPROVED = "approved", "Approved"
    CONDITIONAL = "conditional", "Conditional"
    DENIED = "denied", "Denied"


def validate_conditions(value: object) -> None:
    """Of the vocabulary of registry.core.conditions: what is unknown denies, so it is not even taken down."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError("Conditions are a list of names.")
    for item in value:
        if not is_known(written_out(item)):
            raise ValidationError(f"“{item}” is no condition that is known here.")


class MatrixCell(Governed):
    """What was decided for one deployment and one class, on what evidence, and for how long."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="cells")
    data_class = models.ForeignKey(DataClass, on_delete=models.PROTECT, related_name="cells")
    decision = models.CharField(max_length=16, choices=Decision.choices)
    conditions = models.JSONField(default=list, blank=True, validators=[validate_conditions])
    evidence = models.TextField(help_text="Why: a ticket, an assessment, a clause.")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True, help_text="Denied from then on.")

    history = tracked()

    class Meta:
        ordering = ["deployment__name", "data_class__rank"]
        verbose_name = "matrix cell"
        constraints = [
            models.UniqueConstraint(fields=["deployment", "data_class"], name="matrix_cell_once"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="matrix_decision_known"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
                name="matrix_window_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deployment} for {self.data_class}: {self.decision}"

    def clean(self) -> None:
        super().clean()
        if self.decision == Decision.CONDITIONAL and not self.conditions:
            raise ValidationError({"conditions": "A conditional decision names its conditions."})
        if self.decision != Decision.CONDITIONAL and self.conditions:
            raise ValidationError({"conditions": "Only a conditional decision has conditions."})

    def in_force(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        return self.valid_to is not None and self.valid_to <= now
