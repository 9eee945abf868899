"""Entries: the evidence. Written once, never changed (triggers refuse it, see audit.immutability)."""

import json
from functools import cached_property
from typing import Any, ClassVar

from django.db import models


class Entry(models.Model):
    """One event, sealed: `body` repeats every other column, so that `leaf_hash` covers them all.

    `emitter_seq` has no gap within an emitter, and `prev_event` is the leaf hash of the entry before it:
    what was left out or changed shows. A sequencer may later give entries their place in a Merkle log by
    following each emitter's sequence; it needs nothing but these rows.
    """

    event_id = models.UUIDField(primary_key=True, editable=False)
    event_type = models.CharField(max_length=64)
    request_id = models.UUIDField(null=True, db_index=True)
    occurred_at = models.DateTimeField()
    emitter_id = models.CharField(max_length=100)
    emitter_seq = models.BigIntegerField()
    prev_event = models.BinaryField(max_length=32, null=True)
    body = models.TextField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "register entry"
        verbose_name_plural = "register entries"
        ordering: ClassVar = ["-event_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["emitter_id", "emitter_seq"], name="audit_entry_emitter_seq"),
            models.CheckConstraint(condition=models.Q(emitter_seq__gte=1), name="audit_entry_seq_from_one"),
        ]
        indexes: ClassVar = [models.Index(fields=["event_type", "event_id"], name="audit_entry_by_type")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    @cached_property
    def sealed(self) -> dict[str, Any]:
        """The whole body: the envelope, with what happened under `data`. Empty where it can't be read, which
        only a body that was tampered with can't: whoever reads it must still get its dossier."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def data(self) -> dict[str, Any]:
        """What happened, as whoever recorded it wrote it."""
        data = self.sealed.get("data")
        return data if isinstance(data, dict) else {}


class Emitter(models.Model):
    """How far an emitter of the management side has come. Its row is locked while an entry is added, so a
    rollback takes the number back with the entry. It is a cursor, not evidence."""

    emitter_id = models.CharField(max_length=100, primary_key=True)
    last_seq = models.BigIntegerField(default=0)
    last_hash = models.BinaryField(max_length=32, null=True)

    def __str__(self) -> str:
        return self.emitter_id
