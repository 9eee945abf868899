"""A counterpart as a process of its own, until the checks are done."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.processes import free_port

HERE = Path(__file__).parent
READY_S = 30.0
STOP_S = 5.0


@contextmanager
def served(command: list[str], place: Path, ready: str) -> Iterator[str]:
    """Its URL, once `ready` answers. In the command `{port}` is a port that is free, `{here}` this folder.

    Raises RuntimeError where it does not come to serve.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (place / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [part.format(port=port, here=HERE) for part in command], cwd=place, stdout=log, stderr=log
        )
        try:
            _wait(process, url + ready)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    until_s = time.monotonic() + READY_S
    while time.monotonic() < until_s:
        if process.poll() is not None:
            raise RuntimeError(f"it ended at once: {process.returncode}")
        try:
            if httpx.get(url, timeout=1, trust_env=False).status_code < 500:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError("it did not begin to serve")
