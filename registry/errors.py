"""Errors of the registry.

RegistryError
├── PublishRefused            carries the findings
├── ConfigurationBusy         others write all the time
├── ReasonMissing
├── ReleaseCorrupt
├── SectionExists
├── PriceInForce
├── KeyRevoked
├── TokenRevoked
├── LifetimeRefused
├── NameIsKept
├── WebhookUnreadable
├── PostFailed
├── CatalogMissing
├── CatalogRefused
├── FactsUnreadable
├── NotGoverned
├── ChangesUnwritable
├── ProposalError
│   ├── WrongState
│   ├── NothingProposed
│   ├── ChangedSinceReview
│   ├── OwnProposal
│   ├── NotEligible
│   ├── AlreadyDecided
│   ├── ScheduleInPast
│   ├── NotYours
│   ├── NotPermitted
│   ├── DelegationRefused
│   ├── ReviewRefused
│   ├── TooManyEmergencies
│   └── ProposalConflict      carries the conflicts
├── SuspensionError
│   ├── SuspendNotPermitted
│   ├── NothingToSuspend
│   ├── AlreadySuspended
│   └── AlreadyLifted
└── CredentialError
    ├── CredentialNotFound
    ├── CredentialUnreadable
    ├── CredentialNotBound
    └── FieldKeysMissing
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # releases raise these errors
    from registry.core.changes import Conflict
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


class ConfigurationBusy(RegistryError):
    """The configuration is being changed at this moment. Try again."""


class ReasonMissing(RegistryError):
    """Give a reason: it is kept with the record."""


class ReleaseCorrupt(RegistryError):
    """The release's document does not have the digest that it was published under."""


class SectionExists(RegistryError):
    """Two apps compile the same section of the release."""


class PriceInForce(RegistryError):
    """A price that is or was in force is never changed; give the new one from now on."""


class CatalogMissing(RegistryError):
    """The catalogue is a package of its own: pip install 'signalbox[catalog]'."""


class CatalogRefused(RegistryError):
    """The catalogue has no such model."""


class FactsUnreadable(RegistryError):
    """It is neither the api.json of models.dev nor the model_prices_and_context_window.json of LiteLLM."""


class KeyRevoked(RegistryError):
    """This key was revoked already."""


class TokenRevoked(RegistryError):
    """This token was revoked already."""


class LifetimeRefused(RegistryError):
    """A token ends in the future, and within a year."""


class NameIsKept(RegistryError):
    """The name can't be changed: the ledger and the records know it by this one. Make a new one instead."""


class WebhookUnreadable(RegistryError):
    """No key that is configured reads the webhook's secret; replace it."""


class PostFailed(RegistryError):
    """What was posted did not arrive."""


class SuspensionError(RegistryError):
    """This can't be suspended, or lifted."""


class SuspendNotPermitted(SuspensionError):
    """You may not suspend."""


class NothingToSuspend(SuspensionError):
    """There is nothing of this kind and name, so nothing was suspended."""


class AlreadySuspended(SuspensionError):
    """It is suspended already."""


class AlreadyLifted(SuspensionError):
    """This suspension was lifted already."""


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


class NotGoverned(RegistryError):
    """This is not something that proposals change."""


class ChangesUnwritable(RegistryError):
    """The changes can't be written to what is in force now."""


class ProposalError(RegistryError):
    """The proposal can't be taken there."""


class WrongState(ProposalError):
    """The proposal is not in a state that allows this."""


class NothingProposed(ProposalError):
    """The proposal changes nothing."""


class ChangedSinceReview(ProposalError):
    """The proposal was edited after you looked at it. Read it again."""


class OwnProposal(ProposalError):
    """Nobody approves what they had a hand in, in their own name or for another."""


class NotEligible(ProposalError):
    """You have no right to decide on any area of this proposal that still waits."""


class AlreadyDecided(ProposalError):
    """You have decided on this proposal already."""


class ScheduleInPast(ProposalError):
    """The time to apply it lies in the past."""


class NotYours(ProposalError):
    """Only its author or an editor may do this."""


class NotPermitted(ProposalError):
    """You have no right to do this."""


class DelegationRefused(ProposalError):
    """This can't be delegated."""


class ReviewRefused(ProposalError):
    """There is no emergency change here that waits for a review."""


class TooManyEmergencies(ProposalError):
    """The glass was broken too often within a day. Submit the change, and have it approved."""


class ProposalConflict(ProposalError):
    """What is in force has changed where this proposal changes it. Take it up again and decide."""

    def __init__(self, conflicts: "Sequence[Conflict]") -> None:
        super().__init__()
        self.conflicts = tuple(conflicts)
