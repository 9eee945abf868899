"""What a deployment costs, and when. A row is never changed: a new price is a new row."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from audit.core.canonical import digest
from registry.core.tariff import (
    bands_checked,
    bands_nano,
    pictures_checked,
    pictures_nano,
    to_nano,
)
from registry.history import tracked
from registry.models.base import Governed
from registry.models.deployment import Deployment

DECIMAL_PLACES = 9
MAX_DIGITS = 15
FIRST_AMOUNTS = (
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
)
BILLED_SECONDS = ("audio_least_s", "audio_step_s")
UNSOLD = "Empty: not sold."
LATER_AMOUNTS = (  # in a row's digest where they are set: rows of before there were any keep theirs
    "cache_write_1h_usd_per_mtok",
    "reasoning_usd_per_mtok",
    "audio_input_usd_per_mtok",
    "audio_output_usd_per_mtok",
    "image_input_usd_per_mtok",
    "image_output_usd_per_mtok",
    "audio_usd_per_hour",
    "characters_usd_per_mchar",
)


MAX_BILLED_S = 3600


def whole_seconds(verbose: str, help_text: str) -> "models.PositiveSmallIntegerField[Any, Any]":
    """Of the seconds of sound that a call is billed; empty is as long as it is."""
    return models.PositiveSmallIntegerField(
        verbose,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_BILLED_S)],
        help_text=help_text,
    )


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


def nano_name(column: str) -> str:
    """What a column is called in a release and in a digest, where money is in whole nano-dollars."""
    return column.replace("_usd", "_nano")


class Price(Governed):
    """Effective from `valid_from` until `valid_to` (open where empty), half-open, never overlapping.

    An amount that is empty is unknown, which is never zero. `bands` are prices that hold under conditions,
    `pictures` prices by size and quality; both are written as registry.core.tariff says.

    `sha256` is over everything but `valid_to`, which is filled when a later row takes over.
    """

    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    input_usd_per_mtok = usd_field("input, USD per million tokens", null=True)
    output_usd_per_mtok = usd_field("output, USD per million tokens", null=True)
    cache_read_usd_per_mtok = usd_field(
        "cache read, USD per million tokens", null=True, help_text="Empty: billed as input."
    )
    cache_write_usd_per_mtok = usd_field(
        "cache write, USD per million tokens", null=True, help_text="Empty: billed as input."
    )
    cache_write_1h_usd_per_mtok = usd_field(
        "cache write for an hour, USD per million tokens", null=True, help_text="Empty: as cache write."
    )
    reasoning_usd_per_mtok = usd_field(
        "reasoning, USD per million tokens", null=True, help_text="Empty: billed as output."
    )
    audio_input_usd_per_mtok = usd_field("audio input, USD per million tokens", null=True, help_text=UNSOLD)
    audio_output_usd_per_mtok = usd_field("audio output, USD per million tokens", null=True, help_text=UNSOLD)
    image_input_usd_per_mtok = usd_field(
        "image input, USD per million tokens", null=True, help_text="Empty: billed as input."
    )
    image_output_usd_per_mtok = usd_field("image output, USD per million tokens", null=True, help_text=UNSOLD)
    audio_usd_per_hour = usd_field(
        "audio, USD per hour", null=True, help_text=f"A price per minute times 60. {UNSOLD}"
    )
    characters_usd_per_mchar = usd_field(
        "characters, USD per million", null=True, help_text=f"Of text that is spoken. {UNSOLD}"
    )
    audio_least_s = whole_seconds("audio, billed at least, seconds", "A shorter recording costs as much.")
    audio_step_s = whole_seconds("audio, billed in steps of, seconds", "Each that is begun counts whole.")
    pictures = models.JSONField("pictures, USD each", default=list, blank=True)
    bands = models.JSONField("prices under conditions", default=list, blank=True)
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
        self.bands, self.pictures = bands_checked(self.bands), pictures_checked(self.pictures)
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
        for column in FIRST_AMOUNTS:
            content[nano_name(column)] = self.nano(column)
        content["request_nano"] = self.nano("request_usd")
        return digest({**content, **self.later_content()})

    def nano(self, column: str) -> int | None:
        amount = getattr(self, column)
        return None if amount is None else to_nano(Decimal(amount))

    def later_content(self) -> dict[str, Any]:
        """What a digest and a release say of the kinds that were added later: where they are set."""
        found: dict[str, Any] = {
            nano_name(column): self.nano(column)
            for column in LATER_AMOUNTS
            if getattr(self, column) is not None
        }
        for column in BILLED_SECONDS:
            if (seconds := getattr(self, column)) is not None:
                found[column.removesuffix("_s") + "_ms"] = seconds * 1000
        if self.pictures:
            found["pictures"] = pictures_nano(self.pictures)
        if self.bands:
            found["bands"] = bands_nano(self.bands)
        return found

    def clean(self) -> None:
        super().clean()
        for name, checked in (("bands", bands_checked), ("pictures", pictures_checked)):
            try:
                setattr(self, name, checked(getattr(self, name)))
            except ValueError as error:
                raise ValidationError({name: str(error)}) from error
        amounts = (getattr(self, column) for column in (*FIRST_AMOUNTS, *LATER_AMOUNTS))
        if not self.pictures and all(amount is None for amount in amounts) and not self.request_usd:
            raise ValidationError("A price says at least one amount; what costs nothing is 0.")
        if self.valid_from is not None and self.deployment_id is not None and self.overlapping().exists():
            raise ValidationError("Another price of this deployment holds in this time.")

    def overlapping(self) -> "models.QuerySet[Price]":
        """Rows of the same deployment whose window meets this one, but for the open row it takes over."""
        others = Price.objects.filter(deployment_id=self.deployment_id).exclude(pk=self.pk)
        others = others.exclude(valid_to__isnull=True, valid_from__lt=self.valid_from)
        others = others.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=self.valid_from))
        return others if self.valid_to is None else others.filter(valid_from__lt=self.valid_to)
