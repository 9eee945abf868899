"""Detection of one request: from its texts to what was found, and to the request as it may leave.

1. Built-in detectors run where the request is read; one of more than LARGE_CHARS is scanned in a thread.
2. Detectors of an extra (routing.engines) run off the loop, within a deadline.
3. What fails, is late, is missing or finds more than is followed raises DetectionFailed: nothing leaves.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from routing import engines
from routing.ask import Ask
from routing.core.composing import PROMPT, forms
from routing.core.detected import Weighed, wanted, weigh
from routing.core.release import Release
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
    scanner = scanner_for(detectors)
    try:
        texts = texts_of(ask.body.request)
        joined = SEPARATOR.join(texts.texts)
        large = len(joined) > LARGE_CHARS
        findings = await asyncio.to_thread(scanner.scan, joined) if large else scanner.scan(joined)
    except TooMuch as error:
        raise DetectionFailed(str(error)) from error
    if scanner.optional:
        findings += await engines.find(joined, scanner.optional)
    counts = _counted(ask.body.request, texts, findings)
    counts.update({name: count for name, count in texts.unscannable.items() if name in detectors})
    return Examined(dict(counts), texts, tuple(findings))


def _counted(request: Mapping[str, Any], texts: Texts, findings: Sequence[Finding]) -> Counter[str]:
    """How often each detector found something. Of a prompt's variants one is sent: the most of any."""
    if not isinstance(request.get(PROMPT), Mapping):
        return Counter(finding.detector for finding in findings)
    left = {
        texts.texts[index]: Counter(finding.detector for finding in found)
        for index, found in by_text(texts.texts, findings).items()
    }
    inside = [[left[text] for text in texts_of(form).texts if text in left] for form in forms(request)]
    sent = {text for form in forms(request) for text in texts_of(form).texts}
    most: Counter[str] = Counter()
    for counts in inside:
        most |= sum(counts, Counter())
    return most + sum((counts for text, counts in left.items() if text not in sent), Counter())


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
