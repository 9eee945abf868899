"""The projection of feedback: what applications say of answers that they got."""

import hashlib
from typing import ClassVar

from django.db import models

from audit.core.ids import uuid7
from audit.models.request import Request

SLOT_DIGITS = 5


class Feedback(models.Model):
    """The last that one key said, for one end user, of one request. Every earlier one is in the register.

    A comment is content: here is the commitment to it, and the text is in `Content` under `slot`, where the
    request's class of data is stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(
        Request, models.DO_NOTHING, related_name="feedback_rows", db_constraint=False, db_index=False
    )
    api_key = models.CharField("API key", max_length=64)
    end_user = models.CharField(max_length=256, blank=True)
    score = models.PositiveSmallIntegerField(help_text="In thousandths.")
    label = models.CharField(max_length=64, blank=True)
    comment = models.CharField("commitment to the comment", max_length=64, blank=True)
    times = models.PositiveSmallIntegerField(default=1, help_text="How often it was said anew.")
    given_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-given_at", "-id"]
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "api_key", "end_user"], name="audit_feedback_once"),
            models.CheckConstraint(
                condition=models.Q(score__lte=1000), name="audit_feedback_score_in_thousandths"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["given_at"], name="audit_feedback_by_time")]

    def __str__(self) -> str:
        return f"{self.score / 1000:.3f} for {self.request_id}"

    @property
    def slot(self) -> str:
        """Whoever may comment on a request has a slot of its own."""
        who = hashlib.sha256(f"{self.api_key}|{self.end_user}".encode()).hexdigest()
        return f"note-{who[:SLOT_DIGITS]}"
