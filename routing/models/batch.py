"""Files of requests, and the batches that run them. Live rows of one team's: not governed, and not kept long.

Lines are encrypted, because they hold what applications say.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7
from registry.models import Team

MAX_FILENAME_CHARS = 200


class Purpose(models.TextChoices):
    BATCH = "batch", "Requests"
    BATCH_OUTPUT = "batch_output", "Answers"


class BatchState(models.TextChoices):
    """As OpenAI names them."""

    VALIDATING = "validating", "Validating"
    FAILED = "failed", "Failed"
    IN_PROGRESS = "in_progress", "In progress"
    FINALIZING = "finalizing", "Finalizing"
    COMPLETED = "completed", "Completed"
    EXPIRED = "expired", "Expired"
    CANCELLING = "cancelling", "Cancelling"
    CANCELLED = "cancelled", "Cancelled"


class StoredFile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(max_length=MAX_FILENAME_CHARS)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    size_bytes = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-id"]
        default_permissions: ClassVar[list[str]] = ["view"]
        verbose_name = "file of batches"
        verbose_name_plural = "files of batches"
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="file_purpose_known"),
        ]

    def __str__(self) -> str:
        return self.filename


class FileLine(models.Model):
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["number"]
        default_permissions: ClassVar[list[str]] = []
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="file_line_once")]

    def __str__(self) -> str:
        return f"line {self.number}"


class Batch(models.Model):
    """`leased_until` says that a task works on it; one that died lets go of it by the clock."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    key_prefix = models.CharField(max_length=64)  # whose requests they are
    endpoint = models.CharField(max_length=64)
    labels = models.JSONField(default=dict)  # the headers that say what the data is
    metadata = models.JSONField(null=True)
    state = models.CharField(max_length=16, choices=BatchState.choices, default=BatchState.VALIDATING)
    input_id = models.UUIDField()  # of a StoredFile, which may be deleted once the batch has ended
    output_file = models.ForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, related_name="+")
    error_file = models.ForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, related_name="+")
    problem = models.JSONField(null=True)  # {message, line, param} of an input that can't be run
    total = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    moments = models.JSONField(default=dict)  # state → seconds since the epoch
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        default_permissions: ClassVar[list[str]] = ["view"]
        verbose_name_plural = "batches"
        permissions: ClassVar = [("cancel_batch", "Can cancel batches")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known"),
        ]

    def __str__(self) -> str:
        return f"batch {self.id}"


class BatchItem(models.Model):
    """One line of the input that is to be run. `status` is what it was answered with, None until then; 0 is
    that it was never run. `request_id` names the request that answered it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    custom_id = models.CharField(max_length=256)
    status = models.PositiveSmallIntegerField(null=True)
    request_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["number"]
        default_permissions: ClassVar[list[str]] = []
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="batch_item_once"),
            models.UniqueConstraint(fields=["batch", "custom_id"], name="batch_custom_id_once"),
        ]

    def __str__(self) -> str:
        return self.custom_id
