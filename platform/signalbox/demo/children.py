"""The demo's processes: started with their own log, watched, and stopped within seconds."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from signalbox.errors import StepFailed
from signalbox.parent import Guard, die_with_parent

STOP_GRACE_S = 5.0
KILL_WAIT_S = 5.0
STEP_TIMEOUT_S = 180
POLL_S = 0.1
MAX_LOG_BYTES = 5 * 1024 * 1024
TAIL_LINES = 25
TAIL_BYTES = 16 * 1024


class Role(Enum):
    """What the end of a process means, and when it is stopped."""

    STEP = "step"  # ends by itself
    SERVICE = "service"  # must not end; stopped first
    SUPPORT = "support"  # must not end; stopped last, because the services need it


@dataclass(frozen=True)
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    role: Role

    def has_died(self) -> bool:
        return self.role is not Role.STEP and self.process.poll() is not None


class Children:
    """All processes of one demo, in the order in which they were started."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = dict(environment)
        self._children: list[Child] = []
        self._guard = None if sys.platform.startswith("linux") else Guard()

    def start(
        self, name: str, command: Sequence[str], role: Role = Role.SERVICE, *, without: Iterable[str] = ()
    ) -> Child:
        """A process in a session of its own, so that Ctrl-C reaches the supervisor alone.

        `without` names variables that it must not see.
        """
        hidden = set(without)
        with self.log_path(name).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                command,
                env={key: value for key, value in self._environment.items() if key not in hidden},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )
        return self.adopt(name, process, role)

    def adopt(self, name: str, process: "subprocess.Popen[bytes]", role: Role) -> Child:
        """Watch and stop a process that was started elsewhere (it leads its own session)."""
        child = Child(name, process, self.log_path(name), role)
        self._children.append(child)
        if self._guard:
            self._guard.watch(process.pid)
        return child

    def run(self, name: str, command: Sequence[str], check: Callable[[], None]) -> None:
        """A step that ends by itself; `check` may raise meanwhile. Raises StepFailed, with its last lines."""
        child = self.start(name, command, Role.STEP)
        deadline = time.monotonic() + STEP_TIMEOUT_S
        while child.process.poll() is None:
            check()
            if time.monotonic() > deadline:
                raise StepFailed(f"{name} did not end within {STEP_TIMEOUT_S} s.\n{tail(child.log)}")
            time.sleep(POLL_S)
        self._children.remove(child)
        if code := child.process.returncode:
            raise StepFailed(f"{name} failed (exit code {code}); its log ends with:\n{tail(child.log)}")

    def log_path(self, name: str) -> Path:
        """The log of that name; what an earlier start left there is moved aside once it has grown."""
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def first_dead(self) -> Child | None:
        return next((child for child in self._children if child.has_died()), None)

    def stop(self) -> None:
        """End all; whoever has not ended in STOP_GRACE_S is killed with all that it started."""
        _end([child for child in self._children if child.role is not Role.SUPPORT])
        _end([child for child in self._children if child.role is Role.SUPPORT])
        self._children.clear()
        if self._guard:
            self._guard.dismiss()
            self._guard = None

    def kill(self) -> None:
        for child in self._children:
            _signal_group(child, signal.SIGKILL)


def _end(children: Sequence[Child]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.process.terminate()
    deadline = time.monotonic() + STOP_GRACE_S
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
    for child in children:
        # Also where the process itself has ended: its group may hold what it started.
        _signal_group(child, signal.SIGKILL)
        child.process.wait(timeout=KILL_WAIT_S)


def _signal_group(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def tail(log: Path) -> str:
    """The last lines of a log, for a person."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:]) or "(the log is empty)"
