"""What a deployment costs, and when. A row is never changed: a new price is a new row."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from audit.core.canonical import digest
from registry.history import tracked
from registry.models.base import Governed
from registry.models.deployment import Deployment

NANO_PER_USD = 1_000_000_000
DECIMAL_PLACES = 9
MAX_DIGITS = 15
AMOUNTS = ("input", "output", "cache_read", "cache_write")


def usd_field(verbose: str, *, null: bool = False, **kwargs: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(
        verbose,
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        validators=[MinValueValidator(Decimal(0))],
        null=null,
        blank=null,
        **kwargs,
    )


def to_nano(usd: Decimal) -> int:
    """Nano-dollars; exact, because an amount has at most nine decimal places."""
    return int(usd * NANO_PER_USD)


class Price(Governed):
    """Effective from `valid_from` until `valid_to` (open where empty), half-open, never overlapping.

    `sha256` is over everything but `valid_to`, which is filled when a later row takes over.
    """

    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    input_usd_per_mtok = usd_field("input, USD per million tokens")
    output_usd_per_mtok = usd_field("output, USD per million tokens")
    cache_read_usd_per_mtok = usd_field(
        "cache read, USD per million tokens", null=True, help_text="Empty: billed as input."
    )
    cache_write_usd_per_mtok = usd_field(
        "cache write, USD per million tokens", null=True, help_text="Empty: billed as input."
    )
    request_usd = usd_field("per request, USD", default=Decimal(0))
    source = models.CharField(max_length=300, blank=True, help_text="Where the price was read.")
    sha256 = models.CharField(max_length=64, editable=False)

    history = tracked()
    derived = frozenset({"sha256"})

    class Meta:
        ordering = ["deployment__name", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="price_window_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(input_usd_per_mtok__gte=0, output_usd_per_mtok__gte=0, request_usd__gte=0),
                name="price_not_negative",
            ),
            models.UniqueConstraint(fields=["deployment", "valid_from"], name="price_one_per_start"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment} from {self.valid_from:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sha256 = self.content_sha256()
        super().save(*args, **kwargs)

    def content_sha256(self) -> str:
        """Names this price for good: charges carry it, so that they can be recomputed."""
        moment = self.valid_from.astimezone(UTC).isoformat(timespec="microseconds")
        content: dict[str, Any] = {
            "deployment": str(self.deployment_id),
            "valid_from": moment,
            "currency": "USD",
        }
        for kind in AMOUNTS:
            amount = getattr(self, f"{kind}_usd_per_mtok")
            content[f"{kind}_nano_per_mtok"] = None if amount is None else to_nano(Decimal(amount))
        content["request_nano"] = to_nano(Decimal(self.request_usd))
        return digest(content)

    def clean(self) -> None:
        super().clean()
        if self.valid_from is not None and self.deployment_id is not None and self.overlapping().exists():
            raise ValidationError("Another price of this deployment holds in this time.")

    def overlapping(self) -> "models.QuerySet[Price]":
        """Rows of the same deployment whose window meets this one, but for the open row it takes over."""
        others = Price.objects.filter(deployment_id=self.deployment_id).exclude(pk=self.pk)
        others = others.exclude(valid_to__isnull=True, valid_from__lt=self.valid_from)
        others = others.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=self.valid_from))
        return others if self.valid_to is None else others.filter(valid_from__lt=self.valid_to)
