"""What a provider or a deployment holds: certificates, and agreements with us. Each has its own last day."""

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from registry.core.expiry import notice_days
from registry.history import tracked
from registry.models.base import Governed, name_field
from registry.models.data_class import validate_kinds
from registry.models.deployment import Deployment
from registry.models.places import validate_countries
from registry.models.provider import Provider
from registry.releases.clock import day_begins_us, day_ends_us, to_us

KIND_MAX_LENGTH = 40

kind_validator = RegexValidator(
    r"\A[a-z0-9][a-z0-9_-]{0,39}\Z",
    "Lower-case letters, digits, _ and -, beginning with a letter or a digit.",
)
sha256_validator = RegexValidator(r"\A[0-9a-f]{64}\Z", "64 hexadecimal digits, in lower case.")


class CertificationKind(models.TextChoices):
    """Those that most ask for; any other name is a kind too."""

    SOC2 = "soc2", "SOC 2"
    ISO27001 = "iso27001", "ISO/IEC 27001"
    PCI_DSS = "pci_dss", "PCI DSS"
    HIPAA_BAA = "hipaa_baa", "HIPAA business associate agreement"
    DPA = "dpa", "Data processing agreement"
    SCC = "scc", "Transfer: standard contractual clauses"
    ADEQUACY = "adequacy", "Transfer: adequacy decision"
    DPF = "dpf", "Transfer: EU-US Data Privacy Framework"


class Standing(StrEnum):
    """Where a certification stands on one day. Only the two in the middle count."""

    INCOMPLETE = "incomplete"
    UPCOMING = "upcoming"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


class Certification(Governed):
    """Held by a provider for all its deployments, or by one deployment. It counts from the day of issue, if
    that is known, to the end of its last day, UTC."""

    name = name_field("Unique, such as “acme-soc2-2026”.")
    kind = models.CharField(max_length=KIND_MAX_LENGTH, validators=[kind_validator])
    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="certifications"
    )
    deployment = models.ForeignKey(
        Deployment, on_delete=models.CASCADE, null=True, blank=True, related_name="certifications"
    )
    scope = models.TextField(blank=True, help_text="What it covers, in the words of the document.")
    countries = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_countries],
        help_text="Only deployments that run in one of these. Empty: all.",
    )
    data_kinds = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_kinds],
        help_text="Only classes of which it covers every kind. Empty: all.",
    )
    reference = models.CharField(max_length=300, blank=True, help_text="Where the document is kept.")
    evidence_sha256 = models.CharField(
        "SHA-256 of the document",
        max_length=64,
        blank=True,
        validators=[sha256_validator],
        help_text="So that it can be told whether this is the document that was looked at.",
    )
    issued_on = models.DateField(
        null=True, blank=True, help_text="Empty: not known, and it does not count until it is."
    )
    expires_on = models.DateField(
        null=True, blank=True, help_text="The last day on which it counts (UTC). Empty: no end."
    )

    history = tracked()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(provider__isnull=True) ^ Q(deployment__isnull=True),
                name="certification_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True)
                | Q(expires_on__isnull=True)
                | Q(expires_on__gte=F("issued_on")),
                name="certification_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def holder(self) -> str:
        return str(self.deployment or self.provider or "")

    @property
    def kind_label(self) -> str:
        return dict(CertificationKind.choices).get(self.kind, self.kind)

    @property
    def window_us(self) -> tuple[int, int | None] | None:
        """When it counts; None where the day of issue is not known."""
        if self.issued_on is None:
            return None
        ends_us = None if self.expires_on is None else day_ends_us(self.expires_on)
        return day_begins_us(self.issued_on), ends_us

    def standing(self, now: datetime) -> Standing:
        window, now_us = self.window_us, to_us(now)
        if window is None:
            return Standing.INCOMPLETE
        days = notice_days(window[1], now_us)
        if days == 0:
            return Standing.EXPIRED
        if now_us < window[0]:
            return Standing.UPCOMING
        return Standing.VALID if days is None else Standing.EXPIRING

    def clean(self) -> None:
        super().clean()
        if (self.provider_id is None) == (self.deployment_id is None):
            raise ValidationError("It is held by a provider or by one deployment; choose one of the two.")
        if self.issued_on and self.expires_on and self.expires_on < self.issued_on:
            raise ValidationError({"expires_on": "It ends before it was issued."})
