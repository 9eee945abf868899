"""A runtime of one's own, outside a web process: for tasks that send requests through the gate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from billing.errors import BillingError
from routing.runtime import Runtime

READY_S = 5.0
READY_LOOK_S = 0.05


@asynccontextmanager
async def running_runtime() -> AsyncIterator[Runtime]:
    """Started, and stopped at the end."""
    runtime = Runtime()
    await runtime.start()
    try:
        yield runtime
    finally:
        await runtime.stop()


async def is_ready(runtime: Runtime) -> bool:
    """Whether requests can be decided: what is in force is known, and answers can come."""
    try:
        async with asyncio.timeout(READY_S):
            while runtime.problem() is not None:  # noqa: ASYNC110 - it has many reasons, and no event
                await asyncio.sleep(READY_LOOK_S)
            await runtime.surroundings.poll()
    except (TimeoutError, BillingError):
        return False
    return True
