"""What validation says of a compiled document before it is published."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"  # refuses publishing
    WARNING = "warning"  # is shown to the publisher, and kept with the record


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` names the object ("deployment gpt-eu"); `code` is stable, `message` is for people."""

    severity: Severity
    code: str
    subject: str
    message: str


def error(code: str, subject: str, message: str) -> Finding:
    return Finding(Severity.ERROR, code, subject, message)


def warning(code: str, subject: str, message: str) -> Finding:
    return Finding(Severity.WARNING, code, subject, message)
