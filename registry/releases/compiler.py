"""Tables → canonical document → digest, and what is wrong with it."""

import json
from dataclasses import dataclass, field
from typing import Any

from audit.core.canonical import canonical_json, sha256_hex
from registry.releases.findings import Finding, Severity
from registry.releases.sections import all_sections

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """A state of the configuration, ready to be published: `text` is canonical JSON of `document`."""

    document: dict[str, Any] = field(repr=False)
    text: str = field(repr=False)
    digest: str


def compile_document() -> Compiled:
    """All sections as one document. Equal configurations have equal digests."""
    document: dict[str, Any] = {"schema": SCHEMA}
    for section in all_sections():
        document.update(section.compile())
    data = canonical_json(document)
    return Compiled(document=json.loads(data), text=data.decode(), digest=sha256_hex(data))


def validate_document(document: dict[str, Any], now_us: int) -> tuple[Finding, ...]:
    """What every section finds, errors first."""
    found = [finding for section in all_sections() for finding in section.validate(document, now_us)]
    return tuple(sorted(found, key=lambda finding: (finding.severity != Severity.ERROR, finding.subject)))


def errors_in(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity == Severity.ERROR)
