"""The projection of an attempt: one call to one deployment."""

from typing import ClassVar

from django.db import models

from audit.models.request import Request


class Attempt(models.Model):
    """One call that was made. Four names are kept apart: what was requested and decided (on the request),
    what was sent, and what the provider reported; `drift` says that the last two differ.

    The link to the request has no database constraint: both rows come from the same writer, the request's
    first, and a check per row is the dearest part of an insert.
    """

    class Outcome(models.TextChoices):
        OK = "ok", "ok"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, editable=False)
    request = models.ForeignKey(
        Request, models.DO_NOTHING, related_name="attempt_rows", db_constraint=False, db_index=False
    )
    number = models.IntegerField()
    path = models.CharField(max_length=100)
    deployment = models.CharField(max_length=200)
    model = models.CharField(max_length=200)
    model_version = models.CharField(max_length=200)
    provider = models.CharField(max_length=200)
    region = models.CharField(max_length=100, blank=True)
    endpoint_host = models.CharField(max_length=255, blank=True)
    sent_model = models.CharField(max_length=256)
    reported_model = models.CharField(max_length=256, blank=True)
    fingerprint = models.CharField(max_length=256, blank=True)
    drift = models.BooleanField(db_default=False)
    upstream_request_id = models.CharField(
        max_length=128,
        null=True,
        blank=True,
        help_text="The provider's own name for the exchange, which its support asks for.",
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    latency_ms = models.BigIntegerField(null=True)
    first_token_ms = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    error_kind = models.CharField(max_length=32, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    status = models.IntegerField(null=True)
    finish_reason = models.CharField(max_length=64, blank=True)
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cache_read_tokens = models.BigIntegerField(null=True)
    cache_write_tokens = models.BigIntegerField(null=True)
    reasoning_tokens = models.BigIntegerField(null=True)
    usage_unknown = models.BooleanField(db_default=False)
    cost_nano = models.BigIntegerField(null=True)
    price_id = models.CharField(max_length=64, blank=True)
    price_sha256 = models.CharField(max_length=64, blank=True)
    unsupported = models.TextField(blank=True, db_default="[]")

    class Meta:
        ordering: ClassVar = ["request", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "number"], name="audit_attempt_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deployment", "finished_at"], name="audit_attempt_by_deployment"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} #{self.number}"
