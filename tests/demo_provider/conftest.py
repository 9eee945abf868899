"""A demo provider of our own, over a real socket."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

START_TIMEOUT_S = 15


@pytest.fixture(scope="session")
def provider_url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "signalbox.demo_provider", "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def provider(provider_url: str) -> Iterator[httpx.Client]:
    """A client of it, with its counters at zero."""
    with httpx.Client(base_url=provider_url, timeout=10) as client:
        client.post("/demo/reset")
        yield client


def _await(url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            httpx.get(f"{url}/v1/models")
            return
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
