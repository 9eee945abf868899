"""Ports of the demo: refused in words while taken, remembered while free, awaited until they answer."""

import errno
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from signalbox.errors import PortTaken, StepFailed

HOST = "127.0.0.1"
POLL_S = 0.1
PROBE_TIMEOUT_S = 2.0


def require_free(port: int) -> None:
    """Raises PortTaken, with what to do, where the web server could not listen."""
    try:
        _bind(port)
    except OSError as error:
        if error.errno == errno.EACCES:
            raise PortTaken(f"Port {port} needs privileges; choose one above 1023 with --port.") from error
        raise PortTaken(
            f"Port {port} is in use by another program. Stop that, or choose another: "
            f"./run demo --port {port + 1}"
        ) from error


def choose(remembered: int, avoid: tuple[int, ...] = ()) -> int:
    """The remembered port while it is free, otherwise one that the system picks."""
    if remembered and remembered not in avoid:
        try:
            return _bind(remembered)
        except OSError:
            pass
    while (port := _bind(0)) in avoid:
        pass
    return port


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        probe.listen(1)
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False


def says_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def wait_until(what: str, holds: Callable[[], bool], *, timeout_s: float, check: Callable[[], None]) -> None:
    """Return once `holds()`; `check` may raise meanwhile; raises StepFailed after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        check()
        if time.monotonic() > deadline:
            raise StepFailed(f"{what} did not get ready within {timeout_s:.0f} s.")
        time.sleep(POLL_S)
