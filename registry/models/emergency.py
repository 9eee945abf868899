"""Changes that are applied before anybody reviewed them: who answers for each, and until when it stands."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.core.ids import uuid7
from registry.models.proposal import Proposal

MAX_EMERGENCIES_A_DAY = 20  # broken by people; their ends are not counted


class BrokenGlass(models.Model):
    """Why a proposal may be applied unreviewed: somebody with the right to it broke the glass, or (`ends`) it
    takes back another one that was applied so. Written once, before it is applied; the database gives no
    permit without it (registry.triggers)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="broken_glass")
    digest = models.CharField(max_length=64)  # of the proposal, as it is applied
    ends = models.OneToOneField(Proposal, on_delete=models.PROTECT, null=True, related_name="ended_by")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True, default="")
    reason = models.TextField()
    at = models.DateTimeField()
    reverts_at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        default_permissions: ClassVar[list[str]] = ["view"]
        constraints = [
            models.CheckConstraint(
                condition=Q(actor__isnull=False) | Q(ends__isnull=False), name="broken_glass_has_an_actor"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="broken_glass_has_a_reason"),
            models.CheckConstraint(condition=Q(reverts_at__gt=F("at")), name="broken_glass_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'Signalbox'}, {self.at:%Y-%m-%d %H:%M}"
