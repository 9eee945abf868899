"""Credentials at hand on the event loop: resolved in a thread, kept for seconds, bound to their host."""

import time
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from registry.errors import RegistryError
from registry.services.credentials import resolve
from routing.adapters.contract import ProviderError
from routing.core.execution import FailureKind
from routing.lane.google_token import access_token

KEPT_S = 10.0
MAX_KEPT = 1000


class Credentials:
    """A revoked or rotated credential is out of use after KEPT_S."""

    def __init__(self, off_loop: Callable[[Callable[[], str]], Awaitable[str]]) -> None:
        self._off_loop = off_loop
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}

    async def resolve(self, name: str, host: str) -> str:
        """What proves us to `host`, and is sent to it alone. Raises ProviderError where it can't be had."""
        if not name:
            return ""
        kept = self._kept.get((name, host))
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        try:
            secret = await self._off_loop(lambda: access_token(resolve(name, host)))
        except RegistryError as error:
            raise ProviderError(str(error), kind=FailureKind.AUTHENTICATION, retryable=False) from error
        except DatabaseError as error:
            raise ProviderError(
                "the credential can't be read", kind=FailureKind.ERROR, retryable=True
            ) from error
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[name, host] = (secret, time.monotonic() + KEPT_S)
        return secret
