"""The retirement calendar as iCalendar (RFC 5545), to be imported or subscribed to."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from registry.models import ModelVersion

CONTENT_TYPE = "text/calendar; charset=utf-8"
LINE_OCTETS = 75  # without the line break


def calendar_text(versions: Iterable[ModelVersion], now: datetime) -> str:
    """One event of a whole day for each version that has a last day."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Signalbox//Retirements//EN", "CALSCALE:GREGORIAN"]
    events = [line for version in versions for line in _event(version, now)]
    lines = (*head, *events, "END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(version: ModelVersion, now: datetime) -> Iterator[str]:
    ends = version.retires_on
    if ends is None:
        return
    yield "BEGIN:VEVENT"
    yield f"UID:{version.pk}@signalbox"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{ends:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{ends + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(f'{version} retires')}"
    yield f"DESCRIPTION:{_escaped(f'{version.upstream_id} is turned off by its provider.')}"
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
