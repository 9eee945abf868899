"""Saying no: a refusal is on record before it is answered, whatever the reason."""

import asyncio
import time
from typing import NoReturn

from audit.core.records import Committed, Unit
from audit.errors import AuditError
from billing.live import Denied, RateLine
from routing import record
from routing.api.allowance import refused_headers
from routing.api.errors import ApiError
from routing.ask import Ask
from routing.core.release import Release
from routing.record import Judged
from routing.runtime import Runtime

BUSY_RETRY_S = 2.0
REGISTER_WAIT_S = 10.0


async def refuse(runtime: Runtime, ask: Ask, judged: Judged, error: ApiError, detail: str) -> NoReturn:
    await commit_or_refuse(
        runtime, record.refusal(ask, judged, code=error.code, detail=detail, now_us=_now_us())
    )
    raise error


async def refuse_undecided(
    runtime: Runtime, ask: Ask, release: Release, error: ApiError, detail: str
) -> NoReturn:
    unit = record.undecided(ask, release, code=error.code, detail=detail, now_us=_now_us())
    await commit_or_refuse(runtime, unit)
    raise error


async def commit_or_refuse(runtime: Runtime, unit: Unit) -> Committed:
    """Commit what must be on record before it is answered; what can't be is refused, under a code of its own.

    Nobody waits longer than REGISTER_WAIT_S for that; the record may still follow.
    """
    try:
        async with asyncio.timeout(REGISTER_WAIT_S):
            return await runtime.writer.commit(unit)
    except (AuditError, TimeoutError) as error:
        message = "The register can't be written, so nothing is answered."
        raise ApiError("service_unavailable", message, retry_after_s=BUSY_RETRY_S) from error


def denied_error(denied: Denied, rates: tuple[RateLine, ...] = ()) -> ApiError:
    if denied.kind == "budget":
        return ApiError("budget_exceeded", f"The budget {denied.name} can't hold this request's worst case.")
    if denied.kind == "rate":
        return ApiError(
            "rate_limit_exceeded",
            "This key's limit per minute is reached.",
            retry_after_s=denied.retry_after_s,
            headers=refused_headers(rates, denied.name, denied.retry_after_s),
        )
    return ApiError("busy", retry_after_s=denied.retry_after_s or BUSY_RETRY_S)


def _now_us() -> int:
    return time.time_ns() // 1000
