"""Trained routers: what they weigh, from which score on they take which label, and on what evidence."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from audit.core.canonical import NotCanonical, canonical_json
from registry.history import tracked
from registry.models.base import NAME_MAX_LENGTH, Governed, name_field, name_validator
from routing.core.trained import ALWAYS, NEVER, ArtifactUnreadable, router_from
from routing.core.trained import TrainedRouter as CoreRouter

MAX_ARTIFACT_BYTES = 512 * 1024


def validate_artifact(value: Any) -> None:
    """Canonical, within its bound, and readable by the decision core."""
    try:
        size = len(canonical_json(value))
        router_from({"name": "", "weak": "", "strong": "", "default": "", "threshold": 0, "artifact": value})
    except (NotCanonical, ArtifactUnreadable, AttributeError) as error:
        raise ValidationError(f"The artifact can't be read: {error}") from error
    if size > MAX_ARTIFACT_BYTES:
        raise ValidationError(f"An artifact has at most {MAX_ARTIFACT_BYTES:,} bytes.")


def _label(words: str) -> "models.CharField[str, str]":
    return models.CharField(max_length=NAME_MAX_LENGTH, validators=[name_validator], help_text=words)


class TrainedRouter(Governed):
    """A gain router. `artifact` is what `train_router` made: integers alone, so that equal training data has
    one digest. It is replaced as a whole; labels and threshold may be changed by themselves."""

    name = name_field("What routes, records and reports call it.")
    description = models.TextField(blank=True)
    weak = _label("The label below the threshold: a tier, or a model.")
    strong = _label("The label from the threshold up.")
    default = _label("The label where a request is unlike the evaluation set: one of the two.")
    threshold = models.IntegerField(
        default=0,
        validators=[MinValueValidator(ALWAYS), MaxValueValidator(NEVER)],
        help_text="In thousandths of expected gain. Lower: more requests take the strong label.",
    )
    artifact = models.JSONField(validators=[validate_artifact])
    enabled = models.BooleanField(default=True, help_text="Off: left out of the next release.")

    history = tracked()

    class Meta:
        ordering = ["name"]
        verbose_name = "trained router"
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold__gte=ALWAYS, threshold__lte=NEVER), name="trained_threshold_bounded"
            ),
            models.CheckConstraint(
                condition=Q(default=F("weak")) | Q(default=F("strong")), name="trained_default_is_a_label"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.default not in (self.weak, self.strong):
            raise ValidationError({"default": "It is one of the two labels."})
        if self.weak == self.strong:
            raise ValidationError({"strong": "The labels are two."})

    @property
    def value(self) -> dict[str, Any]:
        """As a release's document holds it."""
        names = ("name", "weak", "strong", "default", "threshold", "artifact")
        return {name: getattr(self, name) for name in names}

    @property
    def router(self) -> CoreRouter:
        return router_from(self.value)
