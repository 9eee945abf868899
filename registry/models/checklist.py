"""What a version must have shown before it is approved, and the evidence that it did."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from registry.history import tracked
from registry.models.base import Governed
from registry.models.certification import sha256_validator
from registry.models.model import ModelVersion, RiskRating, Tier


class Slot(models.TextChoices):
    EVALUATION = "evaluation", "Evaluation"
    BIAS = "bias", "Bias"
    SAFETY = "safety", "Safety"
    COMPLIANCE = "compliance", "Compliance"
    CARD = "card", "Model card"


def validate_slots(value: object) -> None:
    """A list of distinct slots, at least one."""
    known = set(Slot.values)
    if not isinstance(value, list) or not value or not all(item in known for item in value):
        raise ValidationError("Choose at least one slot.")
    if len(set(value)) != len(value):
        raise ValidationError("A slot is listed twice.")


class ChecklistRule(Governed):
    """Which slots hold evidence before a version is approved. Of all rules that fit its model, every slot
    counts; where none fits, nothing is asked for."""

    tier = models.CharField(max_length=16, choices=Tier.choices, blank=True, help_text="Empty: of any.")
    risk_rating = models.CharField(
        max_length=16, choices=RiskRating.choices, blank=True, help_text="Empty: of any, and of none."
    )
    slots = models.JSONField("required", default=list, validators=[validate_slots])

    history = tracked()

    class Meta:
        ordering = ["tier", "risk_rating"]
        verbose_name = "checklist rule"
        constraints = [
            models.UniqueConstraint(fields=["tier", "risk_rating"], name="checklist_rule_once"),
        ]

    def __str__(self) -> str:
        return f"models of {self.tier or 'any'} tier and {self.risk_rating or 'any'} risk"

    def fits(self, tier: str, risk_rating: str) -> bool:
        return self.tier in ("", tier) and self.risk_rating in ("", risk_rating)


class ChecklistItem(Governed):
    """The evidence in one slot of a version. It counts to the end of its last day, UTC."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="checklist")
    slot = models.CharField(max_length=16, choices=Slot.choices)
    finding = models.TextField(help_text="What was found, in a sentence or two.")
    link = models.URLField("where it is kept", blank=True)
    sha256 = models.CharField(
        "SHA-256 of the document",
        max_length=64,
        blank=True,
        validators=[sha256_validator],
        help_text="So that it can be told whether this is the document that was looked at.",
    )
    checked_by = models.CharField(max_length=150, help_text="Who looked at it.")
    checked_on = models.DateField()
    expires_on = models.DateField(
        null=True, blank=True, help_text="The last day on which it counts (UTC). Empty: no end."
    )

    history = tracked()

    class Meta:
        ordering = ["version", "slot"]
        verbose_name = "checklist item"
        constraints = [
            models.UniqueConstraint(fields=["version", "slot"], name="checklist_slot_once"),
            models.CheckConstraint(condition=Q(slot__in=Slot.values), name="checklist_slot_known"),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("checked_on")),
                name="checklist_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_slot_display()} of {self.version}"

    def counts(self, today: date) -> bool:
        return bool(self.finding.strip()) and (self.expires_on is None or today <= self.expires_on)

    def clean(self) -> None:
        super().clean()
        if self.expires_on and self.checked_on and self.expires_on < self.checked_on:
            raise ValidationError({"expires_on": "It ends before it was checked."})
