"""The projection of a request: what lists, filters and dossiers read."""

from typing import ClassVar

from django.db import models


class Request(models.Model):
    """One governed request. Its insert is the claim: whoever inserts it first runs it, nobody else.

    It goes from running to finished once; after that nothing about it changes, except that `content_salt`
    may be destroyed (erasure). `decision` and `facts` are canonical JSON, kept byte for byte for replay.
    """

    class State(models.TextChoices):
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"

    class Outcome(models.TextChoices):
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        HELD = "held", "held for review"
        REFUSED = "refused", "refused"
        CANCELLED = "cancelled", "cancelled"
        ABANDONED = "abandoned", "abandoned"
        EXPIRED = "expired", "expired"

    id = models.UUIDField(primary_key=True, editable=False)
    accepted_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, db_default="")
    operation = models.CharField(max_length=32)
    stream = models.BooleanField(db_default=False)
    # who
    team = models.CharField(max_length=200, blank=True)
    application = models.CharField(max_length=200, blank=True)
    api_key = models.CharField("API key", max_length=64, blank=True)
    end_user = models.CharField(max_length=256, blank=True)
    # what was asked
    task = models.CharField(max_length=200, blank=True)
    tags = models.TextField(blank=True, db_default="[]")
    requested = models.CharField(max_length=256, blank=True)
    data_class_declared = models.CharField(max_length=100, blank=True)
    data_class_detected = models.CharField(max_length=100, blank=True, null=True)
    data_class = models.CharField(max_length=100, blank=True)
    # what was decided
    policy = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=200, blank=True)
    release_number = models.BigIntegerField("release", null=True)
    decision = models.TextField(blank=True)
    facts = models.TextField(blank=True)
    # where it runs, until when, and what is held for it
    queue = models.CharField(max_length=100, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    deadline_at = models.DateTimeField(null=True)
    worst_case_nano = models.BigIntegerField(db_default=0)
    reserved_epoch = models.BigIntegerField(null=True)
    content_salt = models.BinaryField(max_length=32, null=True)
    # how it ended
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=64, blank=True, db_default="")
    model = models.CharField(max_length=200, blank=True, db_default="")
    model_version = models.CharField(max_length=200, blank=True, db_default="")
    deployment = models.CharField(max_length=200, blank=True, db_default="")
    provider = models.CharField(max_length=200, blank=True, db_default="")
    attempts = models.IntegerField(db_default=0)
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cost_nano = models.BigIntegerField(null=True)
    latency_ms = models.BigIntegerField(null=True)
    first_token_ms = models.BigIntegerField(null=True)
    fallback_used = models.BooleanField(db_default=False)
    answer_path = models.CharField(max_length=100, null=True, blank=True)  # in its route

    class Meta:
        ordering: ClassVar = ["-accepted_at", "-id"]
        permissions: ClassVar = [("export_register", "Can export requests and entries")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="audit_request_finished_has_outcome",
                condition=models.Q(state="running", outcome="", finished_at__isnull=True)
                | (models.Q(state="finished", finished_at__isnull=False) & ~models.Q(outcome="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["accepted_at", "id"], name="audit_request_by_time"),
            models.Index(fields=["application", "accepted_at"], name="audit_request_by_application"),
            models.Index(fields=["model_version", "accepted_at"], name="audit_request_by_version"),
            models.Index(fields=["data_class", "accepted_at"], name="audit_request_by_class"),
            models.Index(fields=["outcome", "accepted_at"], name="audit_request_by_outcome"),
            models.Index(
                fields=["deadline_at"], name="audit_request_running", condition=models.Q(state="running")
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
