"""Detection of one request: from its texts to what was found, and to the request as it may leave.

1. Built-in detectors run where the request is read; one of more than LARGE_CHARS is scanned in a thread.
2. Detectors of an extra (routing.engines) run off the loop, within a deadline.
3. What fails, is late, is missing or finds more than is followed raises DetectionFailed: nothing leaves.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from routing import engines
from routing.ask import Ask
from routing.core.detected import Weighed, wanted, weigh
from routing.core.release import Release
from routing.detection.catalogue import is_optional
from routing.detection.finding import SEPARATOR, Finding, TooMuch
from routing.detection.redaction import Placeholders, by_text
from routing.detection.request import Texts, rewritten, texts_of
from routing.detection.scanner import scanner_for
from routing.errors import DetectionFailed

LARGE_CHARS = 128 * 1024


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in one request. Values are only in `placeholders`, which never leaves this process."""

    counts: Mapping[str, int] = field(default_factory=dict)
    texts: Texts | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()  # in the texts, joined


@dataclass(frozen=True, slots=True)
class Redacted:
    """A request as it may leave, and what its answer is restored with."""

    ask: Ask
    placeholders: Placeholders | None = None


NOTHING = Examined()


async def examine(release: Release, ask: Ask) -> Examined:
    """What the request holds, of what the release asks for. Raises DetectionFailed."""
    detectors = wanted(release)
    if not detectors:
        return NOTHING
    texts = texts_of(ask.body.request)
    joined = SEPARATOR.join(texts.texts)
    scan = scanner_for(detectors).scan
    try:
        large = len(joined) > LARGE_CHARS
        findings = await asyncio.to_thread(scan, joined) if large else scan(joined)
    except TooMuch as error:
        raise DetectionFailed(str(error)) from error
    optional = frozenset(name for name in detectors if is_optional(name))
    if optional:
        findings += await engines.find(joined, optional)
    counts = Counter(finding.detector for finding in findings)
    counts.update({name: count for name, count in texts.unscannable.items() if name in detectors})
    return Examined(dict(counts), texts, tuple(findings))


def weighed(release: Release, base: str, examined: Examined) -> Weighed:
    return weigh(release, base, examined.counts) if examined.counts else Weighed(base)


def redact(ask: Ask, examined: Examined, redacted: tuple[str, ...]) -> Redacted:
    """The request without the values that the detectors in `redacted` found."""
    replaced = [finding for finding in examined.findings if finding.detector in redacted]
    if not replaced or examined.texts is None:
        return Redacted(ask)
    texts = examined.texts.texts
    placeholders = Placeholders(SEPARATOR.join(texts))
    new = {
        texts[index]: placeholders.redact(texts[index], findings)
        for index, findings in sorted(by_text(texts, replaced).items())
    }
    request = rewritten(ask.body.request, new)
    return Redacted(replace(ask, body=replace(ask.body, request=request)), placeholders)
