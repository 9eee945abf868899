"""Answers that were given again, near answers that were compared, and purges."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7

MAX_REASON_CHARS = 2000


class HitKind(models.TextChoices):
    EXACT = "exact", "the same request"
    IN_FLIGHT = "in_flight", "the same request, in flight"
    SEMANTIC = "semantic", "a near request"


class CacheHit(models.Model):
    """One answer given again. `of_request` is that which it was made for, `saved_nano` what that cost."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request_id = models.UUIDField(unique=True)
    of_request = models.UUIDField()
    kind = models.CharField(max_length=16, choices=HitKind)
    policy = models.CharField(max_length=200)
    team = models.CharField(max_length=200)
    application = models.CharField(max_length=200)
    model = models.CharField(max_length=200)
    model_version = models.CharField(max_length=200)
    similarity_milli = models.PositiveSmallIntegerField()
    saved_nano = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at"]
        verbose_name, verbose_name_plural = "answer given again", "answers given again"
        default_permissions: ClassVar = ["view"]
        indexes: ClassVar = [models.Index(fields=["at"], name="routing_cachehit_by_time")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=HitKind.values), name="cachehit_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.request_id}"


class CacheComparison(models.Model):
    """A near answer beside the live one. `basis` names the policy as it was, with the versions it may call:
    what was learnt of another basis says nothing of this one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request_id = models.UUIDField(unique=True)
    of_request = models.UUIDField()
    policy = models.CharField(max_length=200)
    basis = models.CharField(max_length=64)
    team = models.CharField(max_length=200)
    application = models.CharField(max_length=200)
    similarity_milli = models.PositiveSmallIntegerField()
    is_same = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at"]
        verbose_name, verbose_name_plural = "near answer compared", "near answers compared"
        default_permissions: ClassVar = ["view"]
        indexes: ClassVar = [
            models.Index(fields=["policy", "basis", "is_same"], name="routing_comparison_by_basis")
        ]

    def __str__(self) -> str:
        return f"{'same' if self.is_same else 'other'}: {self.request_id}"


class PurgeScope(models.TextChoices):
    EVERYTHING = "all", "Everything"
    APPLICATION = "application", "An application's answers"
    POLICY = "policy", "A policy's answers"
    VERSION = "version", "A model version's answers"


class CachePurge(models.Model):
    """What somebody threw away, and why. The register has it too."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=16, choices=PurgeScope)
    target = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=MAX_REASON_CHARS)
    removed = models.PositiveIntegerField(default=0)
    purged_at = models.DateTimeField(auto_now_add=True)
    purged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    purged_by_name = models.CharField(max_length=150)

    class Meta:
        ordering: ClassVar = ["-purged_at"]
        verbose_name = "purge"
        default_permissions: ClassVar = ["view"]
        permissions: ClassVar = [("purge_cache", "Can purge answers that are kept")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.target}".strip()
