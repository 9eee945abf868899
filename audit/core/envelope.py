"""Sealing an entry: the event's own data inside an envelope that the leaf hash covers whole.

Were only the data hashed, whoever can change a row could change its type, time, emitter or place in the
chain and nothing would show. So the stored body repeats them, canonical by construction (its keys are in
order and the data is canonical already), and `prev` makes each emitter's entries a chain.
"""

import json
from typing import Any, NamedTuple

from audit.core.canonical import canonical_json, leaf_hash, sha256_hex
from audit.core.records import MAX_BODY_BYTES

MAX_ENVELOPE_BYTES = 512  # what seal() adds at most; callers' bodies may use the rest


class Sealed(NamedTuple):
    """The canonical entry to store, and the hash that the next entry of this emitter points to."""

    body: str
    leaf_hash: bytes


def seal(
    data: bytes,
    *,
    event_id: str,
    event_type: str,
    request_id: str | None,
    occurred_at: str,
    emitter: str,
    seq: int,
    prev: bytes | None,
) -> Sealed:
    """The canonical entry. `data` is canonical JSON; every other text is plain ASCII (ids, names, times)."""
    previous = f'"{prev.hex()}"' if prev else "null"
    request = f'"{request_id}"' if request_id else "null"
    body = (
        f'{{"at":"{occurred_at}","data":{data.decode()},"emitter":"{emitter}","id":"{event_id}",'
        f'"prev":{previous},"request":{request},"seq":{seq},"type":"{event_type}"}}'
    )
    return Sealed(body, leaf_hash(body.encode()))


def bounded_body(data: dict[str, Any]) -> bytes:
    """Canonical bytes of `data` that fit into an entry.

    Where they do not, the largest top-level values are each replaced by {"bytes", "sha256"} of their own
    canonical bytes, largest first, until they do: what is kept elsewhere (a decision with hundreds of
    candidates, on the request's row) stays provable.
    """
    limit = MAX_BODY_BYTES - MAX_ENVELOPE_BYTES
    body = canonical_json(data)
    if len(body) <= limit:
        return body
    parts = {key: canonical_json(value) for key, value in data.items()}
    reduced = dict(data)
    for key in sorted(parts, key=lambda name: len(parts[name]), reverse=True):
        reduced[key] = {"bytes": len(parts[key]), "sha256": sha256_hex(parts[key])}
        body = canonical_json(reduced)
        if len(body) <= limit:
            break
    return body


def is_canonical(body: bytes) -> bool:
    try:
        return canonical_json(json.loads(body)) == body
    except ValueError:
        return False
