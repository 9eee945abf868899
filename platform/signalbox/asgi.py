"""The web process's entry: the data plane goes to the direct handler, everything else to Django's own.

The runtime is started with the server. A dependency that is away does not stop the start: /readyz names it,
requests are refused with `service_unavailable`, and everything recovers when it is back.
"""

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()

from routing import memory, runtime  # noqa: E402
from signalbox import checks, direct  # noqa: E402
from signalbox.errors import UnsafeStart  # noqa: E402

DIRECT_PREFIX = "/v1/"
DIRECT_PATHS = frozenset(("/v1", "/livez", "/readyz", "/metrics"))


async def application(scope: direct.Scope, receive: direct.Receive, send: direct.Send) -> None:
    kind = scope["type"]
    if kind == "http":
        path: str = scope["path"]
        if path.startswith(DIRECT_PREFIX) or path in DIRECT_PATHS:
            await direct.handle(scope, receive, send)
        else:
            await _django(scope, receive, send)  # type: ignore[arg-type]
    elif kind == "lifespan":
        await _lifespan(receive, send)


async def _lifespan(receive: direct.Receive, send: direct.Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await asyncio.to_thread(checks.refuse_unsafe_server)
            except UnsafeStart as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await runtime.start()
            memory.settle()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await runtime.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
