"""An answer that waits for a person: kept encrypted and committed to, on the queue and in the register, all
with the end of its request. The money is settled like that of any other."""

from django.conf import settings

from audit.core.commitment import commit
from audit.core.records import Entry
from audit.encoding import canonical
from audit.rows import clip
from routing.core.execution import FailureKind, Note, Outcome
from routing.held import SLOT, held_row
from routing.lane import closing
from routing.lane.entries import MAX_NOTE_CHARS, SCHEMA
from routing.lane.flight import Flight, now_us

US_PER_H = 3_600_000_000
FAILED_NOTES = ("judge failed", "gate failed")


def is_held(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.kind is FailureKind.HELD


def hold(flight: Flight, answer: bytes) -> None:
    """Adds what is to be written to the flight, once. `answer` is the whole answer as chat gives it."""
    if flight.held:
        return
    assert flight.call.store_content  # a plan holds nothing of a class that is not stored
    held_at_us, why = now_us(), _why(flight)
    expires_at_us = held_at_us + settings.REVIEW_WITHIN_H * US_PER_H
    flight.held = commit(flight.call.salt, SLOT, answer)
    flight.rows.extend(closing.content_rows(flight, {SLOT: answer}))
    flight.rows.append(
        held_row(
            flight.request_id,
            held_at_us=held_at_us,
            expires_at_us=expires_at_us,
            team=flight.claimed_value("team"),
            application=flight.claimed_value("application"),
            asked_by=flight.call.who.get("person", ""),
            data_class=flight.claimed_value("data_class"),
            policy=flight.plan.policy,
            rule=flight.plan.rule,
            path=why.path,
            reason=why.detail,
        )
    )
    body = {
        "schema": SCHEMA,
        "who": flight.call.who,
        "request": {"id": flight.call.request_id, "worker": flight.worker},
        "release": flight.call.release,
        "review": {"path": why.path, "reason": clip(why.detail, MAX_NOTE_CHARS), "until_us": expires_at_us},
        "content": {SLOT: flight.held},
    }
    flight.entries.append(Entry("review.requested", flight.request_id, held_at_us, canonical(body)))


def _why(flight: Flight) -> Note:
    notes = flight.finished.notes if flight.finished else ()
    return next(note for note in reversed(notes) if note.what in FAILED_NOTES)
