"""Whether this process lives, whether it may be given requests, and what it counts."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from billing.errors import BillingError
from routing import runtime as runtimes
from routing.api.metrics import deployments as deployment_metrics
from routing.models import HeldAnswer, HeldState
from routing.runtime import Runtime

log = logging.getLogger(__name__)

CHECK_TIMEOUT_S = 2.0
REMEMBERED_S = 1.0

_database = ThreadPoolExecutor(1, thread_name_prefix="readyz")
_waiting = Gauge("signalbox_requests_waiting", "Requests of this process that wait for an answer.")
_ready = Gauge("signalbox_ready", "Whether /readyz would say yes.")
_held = Gauge("signalbox_answers_held", "Answers that wait for a person.")
_release = Gauge("signalbox_release", "Number of the release in force.")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each part by name: "ok", or what is wrong with it."""

    checks: dict[str, str]
    read_at_s: float

    @property
    def ready(self) -> bool:
        return all(found == "ok" for found in self.checks.values())


_last: Readiness | None = None


async def livez(request: HttpRequest) -> HttpResponse:
    """The loop turns."""
    return HttpResponse(b"ok\n", content_type="text/plain")


async def readyz(request: HttpRequest) -> HttpResponse:
    """200 where a request would be taken now, else 503; either way each part is named."""
    found = await readiness()
    body = msgspec.json.encode({"ready": found.ready, "checks": found.checks})
    return HttpResponse(body, status=200 if found.ready else 503, content_type="application/json")


async def metrics(request: HttpRequest) -> HttpResponse:
    """In Prometheus's text format."""
    runtime = runtimes.get()
    _waiting.set(runtime.inbox.waiting)
    _release.set(runtime.release.number if runtime.release else 0)
    deployment_metrics(runtime.release.deployments if runtime.release else (), runtime.surroundings.health)
    _ready.set((await readiness()).ready)
    await _count_held()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


async def _count_held() -> None:
    """Where the database is away, the last number stands."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            _held.set(await asyncio.get_running_loop().run_in_executor(_database, _ask_held))
    except (DatabaseError, TimeoutError) as error:
        log.warning("held answers can't be counted", extra={"error": type(error).__name__})


def _ask_held() -> int:
    close_old_connections()
    return HeldAnswer.objects.filter(state=HeldState.HELD).count()


async def readiness() -> Readiness:
    """Looked at most once a second, so that probes cost nothing."""
    global _last
    if _last is None or time.monotonic() - _last.read_at_s > REMEMBERED_S:
        runtime = runtimes.get()
        database, valkey = await asyncio.gather(_check_database(), _check_valkey(runtime))
        checks = {"database": database, "valkey": valkey, **_in_memory(runtime)}
        _last = Readiness(checks, time.monotonic())
    return _last


async def _check_database() -> str:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await loop.run_in_executor(_database, _ask_database)
    except TimeoutError:
        return "no answer in time"


def _ask_database() -> str:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return "ok"


async def _check_valkey(runtime: Runtime) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await runtime.valkey.execute("PING")
    except (BillingError, TimeoutError) as error:
        return type(error).__name__
    return "ok" if runtime.inbox.connected else "answers can't be received"


def _in_memory(runtime: Runtime) -> dict[str, str]:
    release = runtime.release
    queues = {deployment.queue for deployment in release.deployments.values()} if release else set()
    served = [queue for queue in sorted(queues) if runtime.surroundings.workers(queue)]
    return {
        "registry": "ok" if runtime.watcher.fresh else "was not read for some seconds",
        "release": "ok" if release is not None else "none is published",
        "worker": "ok" if served else "no queue of the release has a live worker",
    }
