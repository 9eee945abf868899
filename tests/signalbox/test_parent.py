"""A parent that was killed takes its children with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

PARENT = """
import subprocess, sys, time
from signalbox.parent import Guard, die_with_parent
way = sys.argv[1]
guard = Guard() if way == "guard" else None
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(60)"],
    start_new_session=True,
    preexec_fn=die_with_parent() if way == "signal" else None,
)
if guard:
    guard.watch(child.pid)
print(child.pid, flush=True)
if way == "dismissed":
    guard = Guard()
    guard.watch(child.pid)
    guard.dismiss()
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("way", ["signal", "guard"])
def test_a_killed_parent_leaves_no_orphan(way: str) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, way], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert within(5, lambda: not is_alive(child))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_dismissed_guard_kills_nobody() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, "dismissed"], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not within(0.7, lambda: not is_alive(child))
        parent.kill()
    os.kill(child, signal.SIGKILL)
