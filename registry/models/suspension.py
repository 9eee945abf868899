"""Suspensions: what must not be used from now on, whoever approved it before."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7
from registry.core.subjects import SubjectKind, in_words, subject

MAX_TARGET_LENGTH = 300
NAME_LENGTH = 150


class Suspension(models.Model):
    """One thing that was stopped, by one person, at once. Its row is never deleted.

    All that ever changes is that it is lifted by an approved proposal (or put back, where that was an
    emergency change that nobody kept): `in_force`, and the columns that say when and by whom. The database
    refuses the rest. A thing may be suspended twice at a time: once more with `cancel_in_flight`, to end the
    calls that the first left alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in SubjectKind])
    target = models.CharField(
        max_length=MAX_TARGET_LENGTH,
        help_text="Its name; model@version for a version, the prefix for a key, policy#rule for a rule.",
    )
    target_id = models.UUIDField(null=True, blank=True, help_text="The row, which may be renamed later.")
    reason = models.TextField()
    cancel_in_flight = models.BooleanField(
        "cancel what is in flight", default=False, help_text="Calls that had begun were ended too."
    )
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    placed_by_name = models.CharField("placed by", max_length=NAME_LENGTH, blank=True)
    in_force = models.BooleanField(default=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    lifted_by_name = models.CharField("lifted by", max_length=NAME_LENGTH, blank=True)
    lift_reason = models.TextField("reason for lifting", blank=True)
    lift_proposal = models.UUIDField("proposal that lifted it", null=True, blank=True)

    class Meta:
        ordering = ["-placed_at", "-id"]
        default_permissions = ["view"]
        permissions = [("suspend", "Can suspend providers, models, keys, teams and routes")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target", "cancel_in_flight"],
                condition=Q(in_force=True),
                name="suspension_in_force_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in SubjectKind]), name="suspension_kind_known"
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(target=""), name="suspension_has_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(in_force=False, lift_proposal__isnull=False),
                name="suspension_lifted_by_a_proposal",
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.subject).removeprefix("the ")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is in force, or put back, says nothing of having been lifted."""
        if self.in_force:
            self.lifted_at, self.lifted_by, self.lifted_by_name = None, None, ""
            self.lift_reason, self.lift_proposal = "", None
        super().save(*args, **kwargs)

    @property
    def subject(self) -> str:
        return subject(self.kind, self.target)
