"""One thread for the few blocking reads that the event loop needs: a release, a credential, a row."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


class OffLoop:
    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lane-database")

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _with_connection, work)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _with_connection(work: Callable[[], T]) -> T:
    """Such reads are rare, so the connection is not kept."""
    try:
        return work()
    finally:
        connection.close()
