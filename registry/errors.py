"""Errors of the registry.

RegistryError
├── PublishRefused            carries the findings
├── PublishNotPermitted
├── ConfigurationBusy         others write all the time
├── ReleaseChanged            what was reviewed is no longer what would be published
├── NothingToPublish
├── ReasonMissing
├── ReleaseCorrupt
├── SectionExists
├── PriceInForce
├── KeyRevoked
├── NameIsKept
└── CredentialError
    ├── CredentialNotFound
    ├── CredentialUnreadable
    ├── CredentialNotBound
    └── FieldKeysMissing
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # releases raise these errors
    from registry.releases.findings import Finding


class RegistryError(Exception):
    """Something went wrong. The docstring of each subclass is its default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class PublishRefused(RegistryError):
    """The registry holds errors; nothing was published."""

    def __init__(self, findings: "Sequence[Finding]") -> None:
        super().__init__()
        self.findings = tuple(findings)


class PublishNotPermitted(RegistryError):
    """You may not publish releases."""


class ConfigurationBusy(RegistryError):
    """The configuration is being changed at this moment. Try again."""


class ReleaseChanged(RegistryError):
    """The configuration changed after you looked at it. Review it again."""


class NothingToPublish(RegistryError):
    """The live release already says all this."""


class ReasonMissing(RegistryError):
    """Give a reason: it is kept with the record."""


class ReleaseCorrupt(RegistryError):
    """The release's document does not have the digest that it was published under."""


class SectionExists(RegistryError):
    """Two apps compile the same section of the release."""


class PriceInForce(RegistryError):
    """A price that is or was in force is never changed; give the new one from now on."""


class KeyRevoked(RegistryError):
    """This key was revoked already."""


class NameIsKept(RegistryError):
    """The name can't be changed: the ledger and the records know it by this one. Make a new one instead."""


class CredentialError(RegistryError):
    """The credential can't be used."""


class CredentialNotFound(CredentialError):
    """There is no credential of this name."""


class CredentialUnreadable(CredentialError):
    """The credential's secret can't be read where it is kept."""


class CredentialNotBound(CredentialError):
    """The credential is not bound to this host, so it must not go there."""


class FieldKeysMissing(CredentialError):
    """Set SIGNALBOX_FIELD_KEYS (Fernet keys, newest first) to keep secrets encrypted in the database."""
