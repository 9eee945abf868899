"""Who calls: teams, their applications, and the keys these hold. Live: a change takes effect at once."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from registry.history import tracked
from registry.models.base import Governed, Named, name_field
from registry.models.matrix import DataClass


class Scope(models.TextChoices):
    CHAT = "chat", "Chat completions"
    MODELS = "models", "List models"
    ROUTE = "route", "Ask for a routing decision"


def default_scopes() -> list[str]:
    return [Scope.CHAT.value, Scope.MODELS.value, Scope.ROUTE.value]


def validate_scopes(value: object) -> None:
    if (
        not isinstance(value, list)
        or not value
        or not set(value) <= set(Scope.values)
        or len(set(value)) != len(value)
    ):
        raise ValidationError("Scopes are distinct names out of: " + ", ".join(Scope.values))


class Team(Named):
    name = name_field("As budgets, policies and reports name it; it can't be changed later.")
    is_active = models.BooleanField("active", default=True, help_text="Off: none of its keys is accepted.")
    owner_email = models.EmailField(blank=True)
    cost_centre = models.CharField(max_length=64, blank=True)

    history = tracked()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Application(Named):
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="applications")
    name = name_field("As policies and reports name it; it can't be changed later.")
    is_active = models.BooleanField("active", default=True, help_text="Off: none of its keys is accepted.")
    purpose = models.TextField(
        blank=True, help_text="What it uses models for, as the register of processing says."
    )

    history = tracked()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiKey(Governed):
    """A key as we keep it: the prefix by which it is found and the hash of the whole. It is shown once."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="Where it is used, such as “production, Frankfurt”.")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=default_scopes, validators=[validate_scopes])
    clearance = models.ForeignKey(
        DataClass,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The most sensitive class it may send.",
    )
    default_data_class = models.ForeignKey(
        DataClass,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="What unlabelled requests are taken for. Empty: the strictest class there is.",
    )
    requests_per_min = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    tokens_per_min = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = tracked(excluded=["sha256"])

    class Meta:
        ordering = ["application__name", "name"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(sha256="") & ~models.Q(prefix=""), name="api_key_hashed"
            ),
        ]

    def __str__(self) -> str:
        return f"sb-{self.prefix}"

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        expired = self.expires_at is not None and self.expires_at <= timezone.now()
        return "expired" if expired else "active"
