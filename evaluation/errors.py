"""Errors of evaluation.

EvaluationError
├── SetUnreadable         a file of items is not what it has to be
├── OutcomesUnreadable    a file of graded outcomes is not what it has to be
├── NotEnoughOutcomes
├── NoLift                the router gains nothing that could be measured
├── CascadeRefused        the cascade can't pay
├── RunRefused            models can't be run over this set so
└── TrainingMissing       the extra [train] is not installed
"""


class EvaluationError(Exception):
    """Something went wrong. The docstring of each subclass is its default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class SetUnreadable(EvaluationError):
    """The file of items can't be read."""


class OutcomesUnreadable(EvaluationError):
    """The file of outcomes can't be read."""


class NotEnoughOutcomes(EvaluationError):
    """There are too few graded outcomes to say anything."""


class NoLift(EvaluationError):
    """No measurable lift: keep the rules."""


class CascadeRefused(EvaluationError):
    """The cascade can't pay."""


class RunRefused(EvaluationError):
    """The models can't be run over this set."""


class TrainingMissing(EvaluationError):
    """Training needs numpy: pip install 'signalbox[train]'."""
