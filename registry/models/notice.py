"""The outbox: what people and webhooks are told."""

from django.conf import settings
from django.db import models

from audit.core.ids import uuid7
from registry.models.kinds import NoticeKind
from registry.models.webhook import Webhook

MAX_SUBJECT_CHARS = 200
MAX_ERROR_CHARS = 300


class Notice(models.Model):
    """One thing told to one person or one webhook, written in the transaction of what it tells.

    `due_at` is when it is to be sent next; empty where nothing is left to send: it was sent, or given up, or
    its reader wants no e-mail and finds it in the inbox.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"
        INBOX = "inbox", "in the inbox"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=32)  # one of NoticeKind, which grows without a migration
    subject = models.CharField(max_length=MAX_SUBJECT_CHARS)
    body = models.TextField(blank=True)
    path = models.CharField(max_length=500, blank=True, help_text="The page that it is about.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    group = models.CharField(max_length=150, blank=True, help_text="The role through which the person hears.")
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=MAX_ERROR_CHARS, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, webhook__isnull=True)
                | models.Q(user__isnull=True, webhook__isnull=False),
                name="notice_has_one_recipient",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="notice_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["user", "created_at"], name="notice_of_user"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def about(self) -> str:
        """The kind in words."""
        return NoticeKind(self.kind).label if self.kind in NoticeKind else self.kind

    @property
    def state(self) -> "Notice.State":
        if self.sent_at is not None:
            return Notice.State.SENT
        if self.due_at is not None:
            return Notice.State.WAITING
        return Notice.State.FAILED if self.attempts else Notice.State.INBOX
