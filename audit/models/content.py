"""Content, where the data class keeps it: encrypted, erasable, never part of an entry."""

from typing import ClassVar

from django.db import models


class Content(models.Model):
    """What was said in one slot of one request, encrypted. It may be deleted (erasure), never changed:
    the entry's commitment stays, and proves what was said to whoever still has the salt."""

    class Slot(models.TextChoices):
        SYSTEM = "system", "system prompt"
        REQUEST = "request", "request"
        RESPONSE = "response", "response"
        TOOLS = "tools", "tools"
        HELD = "held", "answer that was held"
        RELEASED = "released", "answer as a person released it"

    id = models.UUIDField(primary_key=True, editable=False)
    request_id = models.UUIDField()
    slot = models.CharField(max_length=10, choices=Slot)
    ciphertext = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request_id", "slot"], name="audit_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} of {self.request_id}"
