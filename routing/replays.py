"""Deriving recorded decisions again: from the entry's facts and live inputs, under the release that it names.

The entry holds the decision's canonical value, so equal values are equal bytes. An entry too large for all of
its parts holds the digest of a part instead (audit.core.envelope); the decision is compared by that digest
and the facts are read from the request's row, but lost live inputs can't be replayed.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from audit.core.canonical import canonical_json, sha256_hex
from audit.models import Entry, Request
from registry.models import Release as PublishedRelease
from routing.core.codec import replay
from routing.core.document import DocumentUnreadable
from routing.core.release import Release
from routing.selectors import compile_release

DECIDED = ("request.accepted", "request.refused")
ENTRIES_PER_CHUNK = 500
RELEASES_IN_MEMORY = 8


class Verdict(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    RELEASE_MISSING = "release_missing"
    INPUTS_MISSING = "inputs_missing"  # too large for the entry, and not kept elsewhere
    UNDECIDED = "undecided"  # refused before there was anything to decide


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded decision, derived again. `derived` is empty where that was not possible."""

    request_id: UUID | None
    release: int
    verdict: Verdict
    recorded: bytes = b""
    derived: bytes = b""


def replay_all(entries: Iterable[Entry] | None = None) -> Iterator[Replayed]:
    """Every decision in the register, oldest first, in flat memory."""
    if entries is None:
        decided = Entry.objects.filter(event_type__in=DECIDED).order_by("event_id")
        entries = decided.iterator(chunk_size=ENTRIES_PER_CHUNK)
    find_release = lru_cache(maxsize=RELEASES_IN_MEMORY)(_release)
    for entry in entries:
        yield _replayed(entry, find_release)


def _replayed(entry: Entry, find_release: Callable[[int, str], Release | None]) -> Replayed:
    data = entry.data
    number = data.get("release", {}).get("number", 0)
    if "decision" not in data:
        return Replayed(entry.request_id, number, Verdict.UNDECIDED)
    release = find_release(number, data["release"]["sha256"])
    if release is None:
        return Replayed(entry.request_id, number, Verdict.RELEASE_MISSING)
    facts, live = _facts(entry, data["facts"]), data["live"]
    if facts is None or _is_digest(live):
        return Replayed(entry.request_id, number, Verdict.INPUTS_MISSING)
    derived = replay(release, facts, live)
    recorded = canonical_json(data["decision"])
    given = canonical_json(_digest_of(derived)) if _is_digest(data["decision"]) else derived
    verdict = Verdict.SAME if given == recorded else Verdict.DIFFERENT
    return Replayed(entry.request_id, number, verdict, recorded, derived)


def _release(number: int, digest: str) -> Release | None:
    """The release, where it is stored under the digest that the entry names and can be read."""
    row = PublishedRelease.objects.filter(number=number, digest=digest).first()
    if row is None or sha256_hex(row.document.encode()) != digest:
        return None
    try:
        return compile_release(number, digest, json.loads(row.document))
    except DocumentUnreadable:
        return None


def _facts(entry: Entry, facts: dict[str, Any]) -> Mapping[str, Any] | None:
    if not _is_digest(facts) or entry.request_id is None:
        return facts
    text = Request.objects.filter(pk=entry.request_id).values_list("facts", flat=True).first()
    if text is None or _digest_of(text.encode()) != facts:
        return None
    found: dict[str, Any] = json.loads(text)
    return found


def _is_digest(part: Mapping[str, Any]) -> bool:
    return part.keys() == {"bytes", "sha256"}


def _digest_of(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": sha256_hex(data)}
