"""What may be spent, by whom, on what, and in how long. Live: a change takes effect at once."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from billing.core.budgets import EVERY_EXPERIMENT
from billing.core.money import MAX_NANO, to_usd
from billing.core.windows import Window
from registry.history import tracked
from registry.models import ApiKey, Application, Model, Team

MAX_THRESHOLDS = 10
MAX_THRESHOLD_PERCENT = 1_000
WINDOW_CHOICES = [
    (Window.DAY.value, "day"),
    (Window.WEEK.value, "week (from Monday)"),
    (Window.MONTH.value, "calendar month"),
    (Window.TOTAL.value, "all time"),
]


def default_thresholds() -> list[int]:
    return [50, 80, 100]


def validate_thresholds(value: object) -> None:
    if (
        not isinstance(value, list)
        or len(value) > MAX_THRESHOLDS
        or any(type(percent) is not int or not 1 <= percent <= MAX_THRESHOLD_PERCENT for percent in value)
        or sorted(set(value)) != value
    ):
        raise ValidationError("Thresholds are whole per cents in rising order, such as [50, 80, 100].")


class Budget(models.Model):
    """A limit for everything that its scope holds; an empty part of the scope is "whichever".

    A hard budget refuses what would pass its limit; an alert-only one tells and lets pass. Budgets are
    switched off, never deleted: alerts and history name them.
    """

    class Enforcement(models.TextChoices):
        HARD = "hard", "refuse what would pass it"
        ALERT_ONLY = "alert_only", "alert only"

    name = models.CharField(max_length=100, unique=True, help_text="As refusals and alerts name it.")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    api_key = models.CharField(
        "API key",
        max_length=12,
        blank=True,
        help_text="The key's prefix, without sb-.",
    )
    each_end_user = models.BooleanField(
        default=False,
        help_text="Every end user has this limit alone; requests that name none share one.",
    )
    end_user = models.CharField(max_length=256, blank=True, help_text="This end user alone.")
    model = models.CharField(max_length=128, blank=True, help_text="This model alone, by its name.")
    experiment = models.CharField(
        "shadows of the experiment",
        max_length=64,
        blank=True,
        help_text="What the shadows of this experiment cost, and nothing else; * those of every experiment.",
    )
    window = models.CharField(max_length=5, choices=WINDOW_CHOICES, default=Window.MONTH.value)
    limit_usd = models.DecimalField(
        "limit (USD)",
        max_digits=16,
        decimal_places=9,
        validators=[MinValueValidator(Decimal(0))],
        help_text=f"At most {to_usd(MAX_NANO):,.0f}: up to there every sum is exact.",
    )
    enforcement = models.CharField(max_length=10, choices=Enforcement, default=Enforcement.HARD)
    thresholds = models.JSONField(
        default=default_thresholds,
        validators=[validate_thresholds],
        help_text="Per cents of the limit at which an alert is recorded, once a window.",
    )
    enabled = models.BooleanField(default=True)

    history = tracked()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(limit_usd__gte=0) & models.Q(limit_usd__lte=to_usd(MAX_NANO)),
                name="billing_budget_limit_is_countable",
            ),
            models.CheckConstraint(
                condition=models.Q(each_end_user=False) | models.Q(end_user=""),
                name="billing_budget_one_user_or_each",
                violation_error_message="Name one end user, or give the limit to each: not both.",
            ),
            models.CheckConstraint(
                condition=models.Q(experiment="")
                | models.Q(
                    team__isnull=True, application__isnull=True, api_key="", end_user="", each_end_user=False
                ),
                name="billing_budget_shadows_or_callers",
                violation_error_message="What shadows cost is nobody's: name an experiment, or who asks.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A budget for what does not exist would never refuse anything, and nobody would notice."""
        if self.model and not Model.objects.filter(name=self.model).exists():
            raise ValidationError({"model": "There is no model of this name in the registry."})
        if self.api_key and not ApiKey.objects.filter(prefix=self.api_key).exists():
            raise ValidationError({"api_key": "There is no API key with this prefix."})

    @property
    def scope_text(self) -> str:
        """What it covers, for people: `team payments, model gpt-5, each end user`."""
        parts = [
            self.team and f"team {self.team.name}",
            self.application and f"application {self.application.name}",
            self.api_key and f"key sb-{self.api_key}",
            self.end_user and f"end user {self.end_user}",
            self.each_end_user and "each end user",
            self.model and f"model {self.model}",
            self.experiment and _shadows(self.experiment),
        ]
        return ", ".join(str(part) for part in parts if part) or "everything"


def _shadows(experiment: str) -> str:
    named = "every experiment" if experiment == EVERY_EXPERIMENT else f"the experiment {experiment}"
    return f"shadows of {named}"
