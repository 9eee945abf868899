from django.db import models

from registry.history import tracked
from registry.models.base import Governed, name_field
from registry.models.places import validate_countries


class Provider(Governed):
    """A company, or a part of our own, that runs models, and what it has promised about our data."""

    name = name_field("As policies, reports and the register name it.")
    legal_entity = models.CharField(
        max_length=200, blank=True, help_text="The contracting party, as in the agreement."
    )
    jurisdictions = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_countries],
        help_text="Every country whose law the entity is under, also through who owns it. Empty is unknown.",
    )
    trains_on_data = models.BooleanField(
        "trains on our data",
        default=True,
        help_text="Unless the agreement rules it out, assume that it does.",
    )
    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How long prompts and answers are kept; 0 is zero retention. Empty is unknown.",
    )
    policy_url = models.URLField("data policy", blank=True, help_text="Where the provider states its policy.")
    notes = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
