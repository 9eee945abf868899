"""A lane on the test's own loop, a provider on a real socket, a real register and a real Valkey."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import pytest_asyncio
import redis
import uvicorn
from asgiref.sync import sync_to_async
from django.db import connections
from lane_cast import QUEUE, Web, deployment, release
from signalbox.demo_provider.app import DemoProvider

from registry.models import Pointer
from routing.lane.lane import Lane
from tests.line import line  # noqa: F401  (a fixture)
from tests.routing.replay import recorded_decisions_replay  # noqa: F401  (a fixture)

BLOCK_MS = 50
StartLane = Callable[..., Awaitable[Lane]]


@asynccontextmanager
async def served(app: object) -> AsyncIterator[str]:
    """The ASGI application on a socket of ours; its base URL."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await task


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[DemoProvider]:
    demo = DemoProvider()
    async with served(demo) as url:
        demo.url = url  # type: ignore[attr-defined]
        yield demo


@pytest.fixture
def ready(
    transactional_db: None,
    recorded_decisions_replay: None,  # noqa: F811  (the fixture above)
    valkey: str,
    settings: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A database whose registry can be read, an empty Valkey, and a provider's host that is allowed.

    Whatever decision a test leaves in the register is derived again at its end. A lane's wait for calls is
    short, because one that is asked to stop ends that wait first.
    """
    monkeypatch.setattr("routing.lane.inflow.BLOCK_MS", BLOCK_MS)
    settings.INSECURE_ENDPOINT_HOSTS = ["127.0.0.1"]  # type: ignore[attr-defined]
    settings.REDIS_URL = valkey  # type: ignore[attr-defined]
    Pointer.objects.get_or_create(pk=1)
    return valkey


@pytest_asyncio.fixture
async def web(ready: str) -> AsyncIterator[Web]:
    web = Web(ready)
    await web.start()
    yield web
    await web.stop()
    await sync_to_async(connections.close_all)()  # of the thread in which the tests look at rows


@pytest_asyncio.fixture
async def start_lane(ready: str, provider: DemoProvider) -> AsyncIterator[StartLane]:
    """Starts a lane that holds a release; its deployments may be given."""
    async with AsyncExitStack() as stack:

        async def start(*deployments: dict[str, object], max_in_flight: int = 64, **parts: object) -> Lane:
            url = provider.url  # type: ignore[attr-defined]
            lane = Lane([QUEUE], url=ready, max_in_flight=max_in_flight, stop_grace_s=0.5)
            made = deployments or (deployment("a", url), deployment("b", url))
            lane._releases.adopt(release(*made, **parts))
            task = asyncio.create_task(lane.run())
            stack.push_async_callback(_stop, lane, task)
            await asyncio.wait_for(lane.running.wait(), 10)
            return lane

        yield start


async def _stop(lane: Lane, task: "asyncio.Task[None]") -> None:
    lane.stop()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 30)


@pytest.fixture
def server(ready: str) -> "redis.Redis":
    return redis.Redis.from_url(ready)
