"""Errors of billing.

BillingError
├── CountersUnavailable        Valkey can't be asked or can't be trusted: 503, nothing was held
│   ├── ValkeyDisconnected     the connection broke; what was sent may or may not have been done
│   ├── ValkeyTimeout          no answer in time; what was sent may or may not have been done
│   └── ValkeyBusy             our own queue of commands is full
├── ValkeyError                the server refused one command
├── BookStale                  the counters were rebuilt since this book of budgets was read
├── AmountInvalid
└── WindowUnknown
"""


class BillingError(Exception):
    """Something about money went wrong. The docstring of each subclass is its default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class CountersUnavailable(BillingError):
    """Budgets can't be checked at the moment, so nothing may be spent."""


class ValkeyDisconnected(CountersUnavailable):
    """The connection to Valkey broke before the answer came."""


class ValkeyTimeout(CountersUnavailable):
    """Valkey did not answer in time."""


class ValkeyBusy(CountersUnavailable):
    """Too many commands wait for Valkey."""


class ValkeyError(BillingError):
    """Valkey refused the command."""


class BookStale(BillingError):
    """The counters were rebuilt since these budgets were read: read them again."""


class AmountInvalid(BillingError):
    """An amount is a whole number of nano-dollars between zero and nine million dollars."""


class WindowUnknown(BillingError):
    """A budget's window is day, week, month or total."""
