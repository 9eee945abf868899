"""Measured quality: how good versions were on an evaluation set, as routes may rely on it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from registry.history import tracked
from registry.models.base import Governed, name_field

MAX_VERSIONS = 1_000
MILLI = 1_000


def validate_qualities(value: Any) -> None:
    """{"model@version": [quality, low, high, answers]}, the first three in thousandths."""
    good = isinstance(value, dict) and 0 < len(value) <= MAX_VERSIONS
    if not good or not all("@" in name and _is_one(one) for name, one in value.items()):
        raise ValidationError("Each version has a quality, its interval, and how many answers.")


def _is_one(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 4 or any(type(part) is not int for part in value):
        return False
    return all(0 <= part <= MILLI for part in value[:3]) and value[3] > 0


class MeasuredQuality(Governed):
    """What one run of models came to. It is replaced as a whole, by a proposal of a later run."""

    name = name_field("As routes name it: the evaluation set.")
    qualities = models.JSONField(validators=[validate_qualities])
    set_sha256 = models.CharField("data digest", max_length=64)
    outcomes_sha256 = models.CharField("digest of the outcomes", max_length=64)
    measured_on = models.DateField()
    enabled = models.BooleanField(default=True, help_text="Off: left out of the next release.")

    history = tracked()

    class Meta:
        ordering = ["name"]
        verbose_name = "measured quality"
        verbose_name_plural = "measured qualities"

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> dict[str, Any]:
        """As a release's document holds it: what decides, and what it rests on."""
        return {
            "name": self.name,
            "qualities": {version: one[0] for version, one in sorted(self.qualities.items())},
            "sha256": self.outcomes_sha256,
        }
