"""Classes of data: how sensitive they are, of what kinds, and what they require of whoever gets them."""

import re

from django.core.exceptions import ValidationError
from django.db import models

from registry.core.countries import expanded
from registry.history import tracked
from registry.models.base import Named, name_field
from registry.models.places import validate_places

_KIND = re.compile(r"\A[a-z0-9][a-z0-9_-]{0,39}\Z")


class DataKind(models.TextChoices):
    """Those that laws and standards name; any other name is a kind too."""

    PERSONAL = "personal", "Personal data"
    HEALTH = "health", "Health data"
    PAYMENT = "payment", "Payment data"
    SECRET = "secret", "Secrets, such as keys and passwords"


def validate_kinds(value: object) -> None:
    if not _are_names(value):
        raise ValidationError("Kinds are distinct names of lower-case letters, digits, _ and -.")


def validate_certification_kinds(value: object) -> None:
    """A list of kinds of certifications; "/" stands between those of which one is enough."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError("Certifications are a list of kinds.")
    for item in value:
        if not _are_names(item.split("/")):
            raise ValidationError(f"“{item}” names no kind; write “soc2”, or “scc/dpf” where one is enough.")


class DataClass(Named):
    """A class of data, ordered by how sensitive it is. What it requires holds beside every matrix cell."""

    name = name_field("As applications declare it; it can't be changed later.")
    rank = models.PositiveIntegerField(unique=True, help_text="Higher is more sensitive.")
    kinds = models.JSONField(default=list, blank=True, validators=[validate_kinds])
    store_content = models.BooleanField(
        default=False, help_text="Keep prompts and answers of this class. Commitments are kept in any case."
    )
    allowed_countries = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_places],
        help_text="Where a deployment must run: codes such as DE, or EU or EEA. Empty: anywhere.",
    )
    allowed_jurisdictions = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_places],
        help_text="The only laws that its provider may be under. Empty: any.",
    )
    requires_zero_retention = models.BooleanField(
        "requires zero retention", default=False, help_text="The provider keeps nothing of it."
    )
    requires_no_training = models.BooleanField(
        "requires no training", default=False, help_text="The provider does not train on it."
    )
    required_certifications = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_certification_kinds],
        help_text="Certifications and agreements that must be in force.",
    )
    description = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ["rank"]
        verbose_name_plural = "data classes"

    def __str__(self) -> str:
        return self.name

    @property
    def requirements(self) -> list[str]:
        """As releases hold them: conditions (registry.core.conditions), groups of countries written out."""
        found = [f"certification:{kind}" for kind in self.required_certifications]
        if self.allowed_countries:
            found.append("country:" + "/".join(expanded(self.allowed_countries)))
        if self.allowed_jurisdictions:
            found.append("jurisdiction:" + "/".join(expanded(self.allowed_jurisdictions)))
        if self.requires_zero_retention:
            found.append("zero_retention")
        if self.requires_no_training:
            found.append("no_training")
        return sorted(found)

    @property
    def requirements_in_words(self) -> str:
        """One line; empty where it requires nothing."""
        found = []
        if self.allowed_countries:
            found.append(f"runs in {', '.join(self.allowed_countries)}")
        if self.allowed_jurisdictions:
            found.append(f"under the law of {', '.join(self.allowed_jurisdictions)} alone")
        if self.requires_zero_retention:
            found.append("zero retention")
        if self.requires_no_training:
            found.append("no training")
        found += [kind.replace("/", " or ") for kind in self.required_certifications]
        return "; ".join(found)


def _are_names(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(item, str) and _KIND.match(item) for item in value)
        and len(set(value)) == len(value)
    )
