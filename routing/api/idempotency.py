"""`Idempotency-Key`: the first result is kept for a day and given again; a request never runs twice.

The marker is set before anything is reserved. What refused the request before it was dispatched takes the
marker away again, so that a corrected or later attempt may run; from the dispatch on, whatever came out is
the result. What is kept is encrypted, because it holds content.
"""

import base64
import hashlib
from dataclasses import dataclass

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from billing.pipeline import Pipeline

PREFIX = "sb:idempotency:"
KEPT_S = 24 * 3600
MAX_KEPT_BYTES = 4 * 1024 * 1024
RUNNING = "running"
FINISHED = "finished"
TOO_LARGE = "too_large"
_FREE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Record(msgspec.Struct, array_like=True, frozen=True):
    """What is stored under one key. `sealed` is the encrypted Result, once there is one."""

    state: str
    body_sha256: str
    request_id: str
    started_us: int
    sealed: bytes = b""


class Result(msgspec.Struct, array_like=True, frozen=True):
    """A response as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one key, taken by this request."""

    key: str
    record: Record


_encode = msgspec.msgpack.Encoder().encode
_record = msgspec.msgpack.Decoder(Record).decode
_result = msgspec.msgpack.Decoder(Result).decode


class Idempotency:
    """Raises BillingError where Valkey is away: without the marker nothing may run."""

    def __init__(self, valkey: Pipeline) -> None:
        self._valkey = valkey
        fernets = [Fernet(key) for key in settings.FIELD_KEYS]
        self._fernet = MultiFernet([*fernets, Fernet(_derived_key())])

    async def begin(self, slot: Slot) -> Record | None:
        """Take the slot; None where it was free, else the record that holds it."""
        old = await self._valkey.execute("SET", slot.key, _encode(slot.record), "NX", "EX", KEPT_S, "GET")
        return None if old is None else _record(old)

    async def finish(self, slot: Slot, result: Result) -> None:
        """Keep the result for the rest of the day."""
        record = slot.record
        if len(result.body) > MAX_KEPT_BYTES:
            kept = msgspec.structs.replace(record, state=TOO_LARGE)
        else:
            kept = msgspec.structs.replace(
                record, state=FINISHED, sealed=self._fernet.encrypt(_encode(result))
            )
        await self._valkey.execute("SET", slot.key, _encode(kept), "EX", KEPT_S)

    async def read(self, slot: Slot) -> Record | None:
        held = await self._valkey.execute("GET", slot.key)
        return None if held is None else _record(held)

    async def abandon(self, key: str, record: Record) -> None:
        """Free the place, if this record still holds it: nothing was dispatched."""
        await self._valkey.execute("EVAL", _FREE, 1, key, _encode(record))

    def open(self, record: Record) -> Result | None:
        """The kept result, or None where there is none that can be read."""
        if record.state != FINISHED:
            return None
        try:
            return _result(self._fernet.decrypt(record.sealed))
        except (InvalidToken, msgspec.MsgspecError):
            return None


def slot_for(application_id: str, key: str, *, body: bytes, request_id: str, now_us: int) -> Slot:
    """Keys of two applications never meet; the key itself is not stored."""
    name = hashlib.sha256(f"{application_id}\x00{key}".encode()).hexdigest()
    record = Record(RUNNING, hashlib.sha256(body).hexdigest(), request_id, now_us)
    return Slot(PREFIX + name, record)


def _derived_key() -> bytes:
    digest = hashlib.sha256(b"signalbox.idempotency\x00" + settings.SECRET_KEY.encode()).digest()
    return base64.urlsafe_b64encode(digest)
