"""What the record says of a request whose answer may have been lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import DatabaseError, close_old_connections

from audit.models import Request

MAX_READERS = 2
_readers = ThreadPoolExecutor(MAX_READERS, thread_name_prefix="record-reader")


async def state_of(request_id: UUID) -> str | None:
    """`running`, `finished`, or None where nobody has claimed the request (or the database can't tell)."""
    return await asyncio.get_running_loop().run_in_executor(_readers, _read, request_id)


def _read(request_id: UUID) -> str | None:
    close_old_connections()
    try:
        return Request.objects.values_list("state", flat=True).filter(pk=request_id).first()
    except DatabaseError:
        return None
