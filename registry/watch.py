"""Every process watches one row, and swaps what it holds in memory when that row moves.

1. A thread reads the pointer every `interval_s`, or at once after `check_now()`.
2. Where the release or the directory's version differs from what is held, it loads the new one and hands it
   over; the callback swaps a reference, so that a request sees one state from beginning to end.
3. When no check has succeeded for STALE_AFTER_S, `fresh` is False and the process must refuse requests:
   it can't know whether a key was revoked or a release replaced.
"""

import logging
import threading
import time
from collections.abc import Callable
from uuid import UUID

from django.db import connection

from registry.directory import Directory
from registry.selectors import PublishedRelease, load_directory, load_release, read_pointer

STALE_AFTER_S = 5.0
FIRST_CHECK_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 5.0

logger = logging.getLogger(__name__)

OnRelease = Callable[[PublishedRelease], None]
OnDirectory = Callable[[Directory], None]


class Watcher:
    """Calls back in its own thread, release before directory; a callback that raises is tried again."""

    def __init__(
        self,
        on_release: OnRelease,
        on_directory: OnDirectory,
        interval_s: float = 0.25,
        stale_after_s: float = STALE_AFTER_S,
    ) -> None:
        self._on_release = on_release
        self._on_directory = on_directory
        self._interval_s = interval_s
        self._stale_after_s = stale_after_s
        self._release_id: UUID | None = None
        self._directory_version: int | None = None
        self._checked_at: float | None = None
        self._failing = False
        self._wake = threading.Event()
        self._first = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def fresh(self) -> bool:
        """Whether the row was read, and everything it names loaded, within the last `stale_after_s`."""
        checked_at = self._checked_at
        return checked_at is not None and time.monotonic() - checked_at < self._stale_after_s

    def start(self, wait_s: float = FIRST_CHECK_TIMEOUT_S) -> None:
        """Start watching, and wait until the first check has ended, well or badly."""
        self._thread = threading.Thread(target=self._run, name="registry-watcher", daemon=True)
        self._thread.start()
        self._first.wait(wait_s)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)
            self._thread = None

    def check_now(self) -> None:
        """Look at once instead of after the interval. Never blocks; safe from any thread or loop."""
        self._wake.set()

    def check(self) -> None:
        """One check in the calling thread. Raises what the database or a callback raises."""
        state = read_pointer()
        if state.release_id is not None and state.release_id != self._release_id:
            self._on_release(load_release(state.release_id))
            self._release_id = state.release_id
        if state.directory_version != self._directory_version:
            self._on_directory(load_directory(state.directory_version))
            self._directory_version = state.directory_version
        self._checked_at = time.monotonic()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._attempt()
                self._first.set()
                self._wake.wait(self._interval_s)
                self._wake.clear()
        finally:
            connection.close()

    def _attempt(self) -> None:
        """The thread's outermost boundary: whatever fails is logged once, and the next check tries again."""
        try:
            self.check()
        except Exception as error:
            if not self._failing:
                logger.exception("The registry can't be read.", extra={"error": type(error).__name__})
            self._failing = True
            connection.close()
        else:
            if self._failing:
                logger.warning("The registry can be read again.")
            self._failing = False
