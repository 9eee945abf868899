"""The retirement calendar as iCalendar (RFC 5545), to be imported or subscribed to."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from registry.lifecycle.retirements import End

CONTENT_TYPE = "text/calendar; charset=utf-8"
LINE_OCTETS = 75  # without the line break


def calendar_text(ends: Iterable[End], now: datetime) -> str:
    """One event of a whole day for each version, or deployment of one, that has a last day."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Signalbox//Retirements//EN", "CALSCALE:GREGORIAN"]
    events = [line for end in ends for line in _event(end, now)]
    lines = (*head, *events, "END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(end: End, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{end.id}@signalbox"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{end.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{end.on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(f'{end} retires')}"
    place = f" ({end.place})" if end.place else ""
    yield f"DESCRIPTION:{_escaped(f'{end.version.upstream_id} is turned off by its provider{place}.')}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.splitlines())


def _folded(line: str) -> str:
    """Lines of at most LINE_OCTETS; those that go on begin with a space. No character is cut in two."""
    lines, current = [], ""
    for character in line:
        if len(f"{current}{character}".encode()) > LINE_OCTETS:
            lines.append(current)
            current = " "
        current += character
    return "\r\n".join((*lines, current))
