"""Starting what is measured, and reading what it cost from /proc."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
START_TIMEOUT_S = 60
FIRST_PORT, PORTS = 20_000, 12_000
PORTS_APART = 37  # processes of one run have neighbouring ids, and begin to look this far apart

_candidates = count(os.getpid() * PORTS_APART)


def free_port() -> int:
    """A port of this machine that nobody uses, and that this process was not given before.

    It lies below the range from which the kernel takes the local end of outgoing connections (32768 on Linux,
    49152 elsewhere), so that no client can sit on the port of a server that was killed and starts again.
    """
    for _ in range(PORTS):
        port = FIRST_PORT + next(_candidates) % PORTS
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, of its living descendants, and of the dead ones that it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    own = sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS_PER_S
    return own + sum(cpu_s(child) for child in children(pid))


def rss_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0.0
    return pss / 1024 + sum(rss_mib(child) for child in children(pid))


@contextmanager
def process(*command: str, env: dict[str, str] | None = None, log: Path | None = None) -> Iterator[int]:
    """A child process; its pid. It is asked to end, then made to."""
    output = log.open("ab") if log else subprocess.DEVNULL
    child = subprocess.Popen(
        command, env={**os.environ, **(env or {})}, stdout=output, stderr=subprocess.STDOUT
    )
    try:
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def await_port(port: int, *, timeout_s: float = START_TIMEOUT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
