"""Recording what happens outside the data plane, in the transaction of what it describes."""

import time
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from audit.core import current, records
from audit.core.envelope import bounded_body
from audit.core.ids import uuid7
from audit.emitters import management_emitter
from audit.models import Emitter, Entry
from audit.rows import from_us
from audit.writers.base import ENTRY_COLUMNS
from audit.writers.sealing import Chain, sealed_rows


@transaction.atomic
def record(event_type: str, body: dict[str, Any], request_id: UUID | None = None) -> Entry:
    """Add one entry to the register, in the caller's transaction.

    1. Lock this process's emitter row; until the caller's transaction ends, no other thread of the process
       gets a number, so a rollback takes the number back and leaves no gap.
    2. Seal the entry with the next number and the hash of the one before.
    3. Insert it, and move the emitter.
    """
    emitter, _ = Emitter.objects.select_for_update().get_or_create(emitter_id=management_emitter())
    head = None if emitter.last_hash is None else bytes(emitter.last_hash)
    chain = Chain(emitter.emitter_id, emitter.last_seq, head)
    at_us = time.time_ns() // 1000
    event = records.Entry(event_type, request_id, at_us, bounded_body(body))
    (row,) = sealed_rows(chain, [(event, str(uuid7()))], compact_ids=False)
    entry = Entry(**dict(zip(ENTRY_COLUMNS, row, strict=True)))
    entry.event_id, entry.request_id, entry.occurred_at = UUID(row[0]), request_id, from_us(at_us)
    entry.save(force_insert=True)
    emitter.last_seq, emitter.last_hash = chain.seq, chain.head
    emitter.save(update_fields=["last_seq", "last_hash"])
    return entry


def actor_of(user: AbstractBaseUser | AnonymousUser | None) -> dict[str, Any]:
    """The `actor` of an entry's body: the name as text, since a user may be gone when it is read. Where they
    came by an access token, its prefix is told too."""
    if user is None or not user.is_authenticated:
        return {"kind": "system", "name": ""}
    token = current.access_token.get()
    return {"kind": "user", "name": user.get_username(), **({"token": token} if token else {})}
