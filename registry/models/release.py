"""Releases, which the data plane reads, and the pointer that makes one of them live."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from audit.core.ids import uuid7


class Release(models.Model):
    """A compiled state of everything that steers decisions. Never changed, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical document.")
    document = models.TextField()
    reason = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_by_name = models.CharField(max_length=150)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_by_name = models.CharField(max_length=150, blank=True)
    approvers = models.JSONField(null=True, help_text="The names of everyone who approved it.")
    self_published = models.BooleanField(help_text="Nobody but its publisher has approved it.")
    proposal_number = models.PositiveIntegerField(null=True, help_text="The proposal that it was.")
    break_glass = models.BooleanField(null=True, help_text="Applied in an emergency, before it was reviewed.")
    configuration = models.TextField(null=True)

    class Meta:
        ordering = ["-number"]
        default_permissions = ["view"]

    def __str__(self) -> str:
        return f"Release {self.number}"


class Pointer(models.Model):
    """The single row that every process watches: which release is live, and which version of the directory.

    `directory_version` grows in the transaction of every change to a team, application, key or budget.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    directory_version = models.BigIntegerField(default=0)

    class Meta:
        default_permissions: ClassVar[list[str]] = []
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="pointer_is_single")]

    def __str__(self) -> str:
        return f"release {self.release_id}, directory {self.directory_version}"
