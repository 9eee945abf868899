"""Batches at providers: which lines of a batch went out by which, and how far that has come.

Live rows, gone with their batch. What a line's request is made of is kept sealed until the line has ended, so
that whoever takes over can go on from the row alone.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7
from routing.models.batch import Batch, BatchItem

MAX_ID_CHARS = 256
MAX_PROBLEM_CHARS = 300


class ProviderBatchState(models.TextChoices):
    """What may happen next is what the state says, whoever goes on."""

    FILLING = "filling", "Lines are being gathered"
    READY = "ready", "To be sent"
    CREATING = "creating", "Being created, or not known to be"
    RUNNING = "running", "At the provider"
    ENDED = "ended", "Ended"


class ProviderLineState(models.TextChoices):
    WAITING = "waiting", "Waits"
    ANSWERED = "answered", "Answered"
    AGAIN = "again", "Asked again as a request of its own"


class ProviderBatch(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="sent")
    deployment = models.CharField(max_length=200)
    queue = models.CharField(max_length=100)  # of the region whose workers may call the deployment
    state = models.CharField(
        max_length=16, choices=ProviderBatchState.choices, default=ProviderBatchState.FILLING
    )
    file_id = models.CharField(max_length=MAX_ID_CHARS, blank=True)  # the provider's, of what was uploaded
    upstream_id = models.CharField(max_length=MAX_ID_CHARS, blank=True)
    said = models.CharField(max_length=MAX_ID_CHARS, blank=True)  # how it stands, in the provider's word
    problem = models.CharField(max_length=MAX_PROBLEM_CHARS, blank=True)
    tries = models.PositiveIntegerField(default=0)  # of sending it
    looks = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    creating_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)  # when its provider was first asked to
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField()  # not before
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        default_permissions: ClassVar[list[str]] = []
        verbose_name_plural = "provider batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ProviderBatchState.values), name="provider_batch_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"provider batch {self.id}"


class ProviderLine(models.Model):
    """One line of a batch that goes, or went, by its provider's batch service: once, and never by another."""

    item = models.OneToOneField(BatchItem, on_delete=models.CASCADE, related_name="sent")
    provider_batch = models.ForeignKey(ProviderBatch, on_delete=models.CASCADE, related_name="lines")
    request_id = models.UUIDField(unique=True)
    sealed = models.BinaryField()  # the call, until the line has ended
    state = models.CharField(
        max_length=16, choices=ProviderLineState.choices, default=ProviderLineState.WAITING
    )

    class Meta:
        ordering = ["item__number"]
        default_permissions: ClassVar[list[str]] = []
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ProviderLineState.values), name="provider_line_state_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.request_id)
