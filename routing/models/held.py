"""Answers that a verifier did not pass, and that a person is to release or to refuse."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

NAME_LENGTH = 150


class HeldState(models.TextChoices):
    HELD = "held", "Waits for a person"
    RELEASED = "released", "Released"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Expired"


class HeldAnswer(models.Model):
    """One answer on the queue, written by the worker with the end of its request.

    It is decided on once; the database refuses any other change. The answer itself is content of the request
    (slot `held`, and `released` where a person changed it), which the register holds commitments to.
    """

    request_id = models.UUIDField("request", primary_key=True, editable=False)
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    team = models.CharField(max_length=200, blank=True)
    application = models.CharField(max_length=200, blank=True)
    asked_by = models.CharField(max_length=NAME_LENGTH, blank=True)  # the person, where one asked by hand
    data_class = models.CharField(max_length=100, blank=True)
    policy = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=200, blank=True)
    path = models.CharField("place in the route", max_length=64, blank=True)
    reason = models.CharField("why it waits", max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=HeldState, db_default=HeldState.HELD.value)
    told_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField("decided by", max_length=NAME_LENGTH, blank=True, db_default="")
    decision_reason = models.TextField(blank=True, db_default="")
    edited = models.BooleanField(db_default=False)
    given_at = models.DateTimeField("first given to the application", null=True)

    class Meta:
        ordering: ClassVar = ["held_at", "request_id"]
        default_permissions: ClassVar[list[str]] = ["view"]
        permissions: ClassVar = [
            ("review_answers", "Can read, release and refuse answers that wait for a person")
        ]
        indexes: ClassVar = [
            models.Index(fields=["held_at"], condition=Q(state="held"), name="routing_held_waiting")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=HeldState.values), name="held_state_known"),
            models.CheckConstraint(
                condition=Q(state="held", decided_at__isnull=True)
                | Q(~Q(state="held"), decided_at__isnull=False),
                name="held_decided_at_its_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"answer to {self.request_id}"

    def state_at(self, now: datetime) -> HeldState:
        """What is past its time has expired, whether or not anybody has written that down yet."""
        if self.state == HeldState.HELD and self.expires_at <= now:
            return HeldState.EXPIRED
        return HeldState(self.state)
