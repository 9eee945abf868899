"""Children that do not outlive their parent, even one that was killed with no chance to say so.

Linux sends a child a signal when its parent dies. Elsewhere a guard process holds the reading end of a pipe
whose writing end only the parent has, and ends the children when that end closes.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import IO

PR_SET_PDEATHSIG = 1
MAX_GUARDED = 64

GUARD_SOURCE = f"""
import os, signal, sys
pids = []
for line in sys.stdin:
    pids = [*pids, int(line)][-{MAX_GUARDED}:]
for pid in pids:
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass
"""


def die_with_parent() -> Callable[[], None] | None:
    """For `preexec_fn`: the child is killed when this process ends. None where the system can't do that.

    Only for a parent that starts it from its main thread: the signal follows the thread that forked.
    """
    if not sys.platform.startswith("linux"):
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return bind


class Guard:
    """Kills the process groups it was told of once this process is gone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", GUARD_SOURCE], stdin=subprocess.PIPE, start_new_session=True
        )

    def watch(self, process_group: int) -> None:
        """Also kill this group; at most MAX_GUARDED are remembered."""
        pipe = self._pipe()
        pipe.write(f"{process_group}\n".encode())
        pipe.flush()

    def dismiss(self) -> None:
        """Nothing is left to guard: end without killing anyone."""
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._pipe().close()
        self._process.wait()

    def _pipe(self) -> IO[bytes]:
        pipe = self._process.stdin
        assert pipe is not None
        return pipe
