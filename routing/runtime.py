"""What one web process holds: the release and directory in force, live inputs, its lines to the others.

Every part heals by itself and says how it is; nothing here stops the start of a process. A request reads the
attributes once and keeps what it read, so that it sees one state from beginning to end.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Coroutine
from typing import Any

from django.conf import settings

from audit.writer import GroupWriter
from billing.errors import BillingError
from billing.live import LiveMoney
from billing.pipeline import Pipeline
from billing.selectors import load_budgets
from registry.directory import Directory
from registry.selectors import PublishedRelease
from registry.watch import Watcher
from routing.api.idempotency import Idempotency
from routing.api.inbox import Inbox
from routing.api.surroundings import Surroundings
from routing.caching.cache import Cache
from routing.core.release import Release
from routing.lane.messages import CANCEL_CHANNEL
from routing.selectors import compile_release

log = logging.getLogger(__name__)

MAX_BACKGROUND = 4096
DRAIN_TIMEOUT_S = 20.0


class Runtime:
    """Started and stopped with the server."""

    def __init__(self) -> None:
        self.web_id = uuid.uuid4().hex
        self.started_at = time.time()
        self.release: Release | None = None
        self.directory: Directory | None = None
        self.valkey = Pipeline(settings.REDIS_URL)
        self.watcher = Watcher(self._on_release, self._on_directory)
        self.writer = GroupWriter("web")
        self.money = LiveMoney(self.valkey)
        self.inbox = Inbox(settings.REDIS_URL, self.web_id, on_change=self.watcher.check_now)
        self.surroundings = Surroundings(self.valkey, self._queues)
        self.idempotency = Idempotency(self.valkey)
        self.cache = Cache(self.valkey)
        self._background: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        self.writer.start()
        await self.valkey.start()
        self.inbox.start()
        self.surroundings.start()
        await asyncio.to_thread(self.watcher.start)

    async def stop(self) -> None:
        """Let what runs on in the background end, then close every line."""
        if self._background:
            await asyncio.wait(tuple(self._background), timeout=DRAIN_TIMEOUT_S)
        await self.inbox.stop()
        await self.surroundings.stop()
        await asyncio.to_thread(self.watcher.stop)
        await asyncio.to_thread(self.writer.stop)
        await self.valkey.stop()

    def problem(self) -> str | None:
        """Why no request can be taken at this moment, or None."""
        if not self.watcher.fresh:
            return "The registry can't be read, so keys and rules may be out of date."
        if self.directory is None or self.release is None:
            return "No release is published."
        if not self.inbox.connected:
            return "The connection over which answers arrive is down."
        return None

    def cancel(self, request_id: str) -> None:
        """Tell the workers that nobody waits for this request any more.

        Only a courtesy: where it can't be sent, the worker goes on until the deadline, and whoever left, or
        has an answer to give, goes on too.
        """
        try:
            sent = self.valkey.execute("PUBLISH", CANCEL_CHANNEL, request_id)
        except BillingError as error:
            log.warning("a cancel was not sent", extra={"error": type(error).__name__})
            return
        sent.add_done_callback(_forget)

    def background(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any] | None":
        """Run `work` to its end, whoever leaves meanwhile. None (and not run) where too much runs already."""
        if len(self._background) >= MAX_BACKGROUND:
            work.close()
            return None
        return self.further(work)

    def further(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """As `background`, for the rest of what was let in already: it can't be refused any more."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _queues(self) -> frozenset[str]:
        release = self.release
        return frozenset(d.queue for d in release.deployments.values()) if release else frozenset()

    def _on_release(self, published: PublishedRelease) -> None:
        self.release = compile_release(published.number, published.digest, published.document)
        log.info("release in force", extra={"release": published.number})

    def _on_directory(self, directory: Directory) -> None:
        self.money.adopt(load_budgets())
        self.directory = directory


def _forget(sent: "asyncio.Future[Any]") -> None:
    if not sent.cancelled() and sent.exception() is not None:
        log.warning("a cancel was not sent", extra={"error": type(sent.exception()).__name__})


_current: Runtime | None = None


def get() -> Runtime:
    """The runtime of this process. Raises RuntimeError before `start`."""
    if _current is None:
        raise RuntimeError("The runtime was not started: serve with signalbox.asgi:application.")
    return _current


async def start() -> Runtime:
    global _current
    _current = Runtime()
    await _current.start()
    return _current


async def stop() -> None:
    global _current
    if _current is not None:
        await _current.stop()
        _current = None
