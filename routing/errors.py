"""Errors of reading, deciding and executing requests. The docstring of each is its default message.

RoutingError
├── CacheError
│   ├── CacheUnreachable
│   ├── NothingToPurge
│   └── PurgeNotPermitted
├── DetectionFailed
├── DrillImpossible
├── FileUnreadable
├── ReviewError
│   ├── AnswerChanged
│   ├── AnswerGone
│   ├── AnswerUnfit
│   ├── NotForReview
│   └── NotWaiting
├── InvalidRequest
│   ├── FieldUnsupported
│   └── StateWanted
└── PolicyError
    └── DefaultPolicyNeeded
"""


class RoutingError(Exception):
    """The request can't be served."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class CacheError(RoutingError):
    """Answers that are kept can't be thrown away."""


class CacheUnreachable(CacheError):
    """Valkey can't be reached: nothing was thrown away, and nothing is given again while it is gone."""


class NothingToPurge(CacheError):
    """There is nothing of that name."""


class PurgeNotPermitted(CacheError):
    """Throwing away answers takes the permission to purge."""


class DetectionFailed(RoutingError):
    """It can't be said what the request holds."""


class DrillImpossible(RoutingError):
    """The drill can't be held."""


class FileUnreadable(RoutingError):
    """The file was encrypted with a key that is no longer there."""


class InvalidRequest(RoutingError):
    """The request can't be read."""

    code = "invalid_request"  # of the API

    def __init__(self, message: str = "", param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class FieldUnsupported(InvalidRequest):
    """The request holds what can't be expressed to any model."""

    code = "unsupported_parameter"


class StateWanted(InvalidRequest):
    """The request leans on what an earlier one left behind; nothing is kept between requests."""

    code = "state_not_kept"


class PolicyError(RoutingError):
    """The policy can't be changed like this."""


class DefaultPolicyNeeded(PolicyError):
    """One policy is always the default; make another one the default first."""


class ReviewError(RoutingError):
    """The held answer can't be dealt with like this."""


class AnswerChanged(ReviewError):
    """What is stored is not what the register committed to, so it is not given to anybody."""


class AnswerGone(ReviewError):
    """The answer was erased, or no key that is left reads it."""


class AnswerUnfit(ReviewError):
    """The changed answer is not what the request's task declares."""


class NotForReview(ReviewError):
    """You may not review this answer."""


class NotWaiting(ReviewError):
    """It does not wait any more: somebody has decided on it, or its time is over."""
