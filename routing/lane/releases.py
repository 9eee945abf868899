"""The releases that a worker holds: the one in force, and those that calls in flight were decided by."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from registry.models import Release as ReleaseRow
from registry.selectors import PublishedRelease, load_release
from routing.core.release import CellDecision, Release
from routing.selectors import compile_release

MAX_HELD = 8


class Releases:
    """A call is executed by the release that decided it; what was withdrawn since is not called."""

    def __init__(self, off_loop: Callable[[Callable[[], Release]], Awaitable[Release]]) -> None:
        self._off_loop = off_loop
        self._held: OrderedDict[int, Release] = OrderedDict()
        self.current: Release | None = None

    def adopt(self, published: PublishedRelease) -> None:
        """The watcher's callback, in its thread: swaps a reference."""
        release = compile_release(published.number, published.digest, published.document)
        self._keep(release)
        self.current = release

    async def get(self, number: int) -> Release:
        """The release of that number, from memory, or from the database off the loop."""
        held = self._held.get(number)
        if held is not None:
            return held
        release = await self._off_loop(lambda: _read(number))
        self._keep(release)
        return release

    def withdrawn(self, deployment: str, data_class: str) -> str | None:
        """Why the deployment may no longer be called under the release in force; None where it may.

        Tightening takes effect at once, also for a request that was decided before.
        """
        release = self.current
        found = release.deployments.get(deployment) if release else None
        if found is None or not found.enabled:
            return "the deployment was withdrawn"
        cell = found.cells.get(data_class) if data_class else None
        if not data_class:
            return None
        now_us = time.time_ns() // 1000
        if cell is None or cell.decision is CellDecision.DENIED:
            return "the deployment is no longer approved for the data class"
        if cell.valid_to_us is not None and cell.valid_to_us <= now_us:
            return "the deployment's approval for the data class has expired"
        return None

    def _keep(self, release: Release) -> None:
        held = OrderedDict(self._held)
        held[release.number] = release
        while len(held) > MAX_HELD:
            held.popitem(last=False)
        self._held = held


def _read(number: int) -> Release:
    published = load_release(ReleaseRow.objects.values_list("pk", flat=True).get(number=number))
    return compile_release(published.number, published.digest, published.document)
