"""Rows for views on the loop, which must not touch the database themselves."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, close_old_connections

from routing.api.errors import ApiError

MAX_THREADS = 4
T = TypeVar("T")
_threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="api-rows")


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` answers. Raises ApiError (service_unavailable) where the database is away."""
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, _fresh, work)
    except DatabaseError as error:
        raise ApiError("service_unavailable", "The database can't be reached.", retry_after_s=1) from error


def _fresh(work: Callable[[], T]) -> T:
    close_old_connections()
    return work()
