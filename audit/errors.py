"""Errors of the register.

AuditError
├── RegisterUnavailable
│   ├── FateUnknown
│   └── UnitRefused
├── EntryMissing
├── EntryTooLarge
├── UnknownTable
├── TooMuchFeedback
└── FieldKeysMissing
"""


class AuditError(Exception):
    """The register could not do this. The docstring of each subclass is its default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class RegisterUnavailable(AuditError):
    """The register can't be written, and nothing of this was: what was to be recorded must not be done."""


class FateUnknown(RegisterUnavailable):
    """The writer ended before it could learn whether this was written."""


class UnitRefused(RegisterUnavailable):
    """The database refused these values; the rest of the batch was written."""


class EntryMissing(AuditError):
    """Every unit carries at least one entry: what is not told in the register does not happen."""


class EntryTooLarge(AuditError):
    """The entry's body is larger than the register takes."""


class UnknownTable(AuditError):
    """The row names a table that was not registered with the writer."""


class TooMuchFeedback(AuditError):
    """More was said of this request than is kept."""


class FieldKeysMissing(AuditError):
    """Content can't be stored or read: SIGNALBOX_FIELD_KEYS is not set."""
