"""Recorded requests as the decision core reads them: newest first, and in flat memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from audit.core.ids import uuid7
from audit.models import Attempt, Entry
from routing.core.codec import facts_from, live_from
from routing.core.facts import Facts, Live
from routing.core.impact import Used
from routing.replays import DECIDED

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which decisions: the newest `limit`, within a window, of one application, with one tag."""

    limit: int
    since: datetime | None = None
    until: datetime | None = None
    application: str = ""
    tag: str = ""

    def holds(self, facts: Facts) -> bool:
        return (not self.application or facts.application == self.application) and (
            not self.tag or self.tag in facts.tags
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision's inputs. `facts` is None where the record keeps only their digest."""

    facts: Facts | None
    live: Live | None
    used: Used | None


class _Data(msgspec.Struct):
    facts: dict[str, Any] | None = None
    live: dict[str, Any] | None = None


class _Body(msgspec.Struct):
    data: _Data


decoder = msgspec.json.Decoder(_Body)


def count(selection: Selection) -> int:
    """How many decisions there are to read, before they are narrowed to an application or a tag."""
    return _entries(selection)[: selection.limit].count()


def chunks(selection: Selection) -> Iterator[Sequence[Recorded]]:
    """The selected decisions, CHUNK at a time; at most `limit` entries are read."""
    left, last = selection.limit, None
    while left > 0:
        entries = _entries(selection)
        if last is not None:
            entries = entries.filter(request_id__lt=last)
        rows = list(entries.values_list("request_id", "body")[: min(CHUNK, left)])
        if not rows:
            return
        left -= len(rows)
        last = rows[-1][0]
        yield _read(rows, selection)


def _entries(selection: Selection) -> "QuerySet[Entry]":
    """By the request's id, which begins with its millisecond, so that a window is a range of the index."""
    entries = Entry.objects.filter(event_type__in=DECIDED, request_id__isnull=False).order_by("-request_id")
    if selection.since is not None:
        entries = entries.filter(request_id__gte=_first_id(selection.since))
    if selection.until is not None:
        entries = entries.filter(request_id__lt=_first_id(selection.until))
    return entries


def _first_id(moment: datetime) -> UUID:
    """Below every id of that millisecond."""
    return UUID(int=(uuid7(int(moment.timestamp() * 1000)).int >> 80) << 80)


def _read(rows: "Sequence[tuple[UUID | None, str]]", selection: Selection) -> list[Recorded]:
    used = _used([request_id for request_id, _ in rows if request_id is not None])
    found = []
    for request_id, body in rows:
        data = decoder.decode(body).data
        if data.facts is None:  # refused before there was anything to decide
            continue
        if "sha256" in data.facts or data.live is None or "sha256" in data.live:
            found.append(Recorded(None, None, None))
            continue
        facts = facts_from(data.facts)
        if selection.holds(facts):
            found.append(Recorded(facts, live_from(data.live), used.get(request_id)))
    return found


def _used(request_ids: "list[UUID]") -> "dict[UUID | None, Used]":
    """The tokens of each request's answer: those of its attempt that succeeded."""
    attempts = Attempt.objects.filter(
        request_id__in=request_ids,
        outcome=Attempt.Outcome.OK,
        input_tokens__isnull=False,
        output_tokens__isnull=False,
    ).order_by()
    columns = ("request_id", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    return {
        request_id: Used(taken or 0, made or 0, read or 0, written or 0)
        for request_id, taken, made, read, written in attempts.values_list(*columns)
    }
