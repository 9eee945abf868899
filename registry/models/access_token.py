"""Personal access tokens: how a person's scripts come in through the management API."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from audit.core.ids import uuid7


class TokenScope(models.TextChoices):
    READ = "read", "Read proposals, releases, suspensions and the configuration"
    PROPOSE = "propose", "Propose changes: draft, edit, submit, withdraw, apply what was approved"
    APPROVE = "approve", "Decide on proposals of others, and apply what was approved"
    SUSPEND = "suspend", "Suspend at once"
    EMERGENCY = "emergency", "Break the glass: apply a change before anybody reviewed it"


def validate_token_scopes(value: object) -> None:
    if (
        not isinstance(value, list)
        or not value
        or not set(value) <= set(TokenScope.values)
        or len(set(value)) != len(value)
    ):
        raise ValidationError("Scopes are distinct names out of: " + ", ".join(TokenScope.values))


class AccessToken(models.Model):
    """A token as we keep it: the prefix by which it is found and the hash of the whole. It is shown once.

    It never gives more than its scopes, nor more than the rights that its user has when it is used.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_tokens", editable=False
    )
    name = models.CharField(max_length=100, help_text="Where it is used, such as “pipeline of the policies”.")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(validators=[validate_token_scopes])
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False, help_text="Within a few minutes.")
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        default_permissions: ClassVar[list[str]] = []
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(sha256="") & ~models.Q(prefix=""), name="access_token_hashed"
            ),
        ]

    def __str__(self) -> str:
        return f"sbp-{self.prefix}"

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "active"
