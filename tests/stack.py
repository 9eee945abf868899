"""A whole Signalbox as real processes: web, worker, Valkey and the demo provider, on a database of its own.

Take the fixture `stack` (session-wide, and shared: leave it as you found it) or start one with `started()` to
kill parts of it. SQLite by default; with DATABASE_URL on PostgreSQL, in a database made for the purpose.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import schema
from cryptography.fernet import Fernet
from signalbox.embedded import start_server
from signalbox.parent import die_with_parent

from bench.processes import free_port

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SQLITE = "stack.sqlite3"
START_TIMEOUT_S = 180.0  # of no test's concern, and a busy machine takes its time
STOP_TIMEOUT_S = 10.0
SEED_TIMEOUT_S = 120.0


@dataclass
class Stack:
    """`keys` by the names in tests/stack_seed.py. Processes may be killed and started again by name."""

    directory: Path
    environment: dict[str, str]
    web_port: int
    provider_port: int
    valkey_port: int
    keys: dict[str, str] = field(default_factory=dict)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def api_url(self) -> str:
        return self.url + "/v1"

    @property
    def provider_url(self) -> str:
        return f"http://127.0.0.1:{self.provider_port}"

    # -- processes

    def start_valkey(self) -> None:
        self.processes["valkey"] = start_server(port=self.valkey_port, directory=self.directory / "valkey")
        wait_until(lambda: is_open(self.valkey_port), "Valkey")

    def start_provider(self) -> None:
        self._start(
            "provider", sys.executable, "-m", "signalbox.demo_provider", "--port", str(self.provider_port)
        )
        wait_until(lambda: is_open(self.provider_port), "the demo provider")

    def start_worker(self, name: str = "worker", *options: str) -> None:
        self._start(
            name,
            *(sys.executable, "-m", "celery", "-A", "signalbox.celery", "worker"),
            *("--pool", "threads", "--concurrency", "1", "--hostname", f"{name}@stack", *options),
        )

    def start_web(self, port: int | None = None, name: str = "web") -> None:
        port = port or self.web_port
        self._start(
            name,
            *(sys.executable, "-m", "uvicorn", "signalbox.asgi:application", "--port", str(port)),
            *(
                "--loop",
                "uvloop",
                "--http",
                "httptools",
                "--no-access-log",
                "--timeout-graceful-shutdown",
                "3",
            ),
        )
        wait_until(lambda: is_open(port), "the web process")

    def kill(self, name: str) -> None:
        """`kill -9` of the process, and of what it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL) if os.getpgid(process.pid) == process.pid else process.kill()
        process.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        self._stop([name for name in self.processes if name != "valkey"])
        self._stop(list(self.processes))

    def _stop(self, names: list[str]) -> None:
        for name in names:
            self.processes[name].terminate()
        for name in names:
            try:
                self.processes[name].wait(STOP_TIMEOUT_S)
                del self.processes[name]
            except subprocess.TimeoutExpired:
                self.kill(name)

    def _start(self, name: str, *command: str) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )

    # -- what tests ask

    def ready(self) -> bool:
        try:
            return httpx.get(self.url + "/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def headers(self, key: str = "main", **more: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[key]}", **more}

    def provider_stats(self) -> dict[str, Any]:
        return dict(httpx.get(self.provider_url + "/demo/stats", timeout=5).json())

    def provider_labels(self) -> dict[str, int]:
        """How many requests reached the provider with each label."""
        return dict(httpx.get(self.provider_url + "/demo/labels", timeout=5).json())

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query with `%s` for values, read behind the application's back."""
        url = self.environment["DATABASE_URL"]
        if url.startswith("sqlite"):
            connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)
            cursor = connection.execute(sql.replace("%s", "?"), values)
        else:
            import psycopg

            connection = psycopg.connect(url)
            cursor = connection.execute(sql, values)
        try:
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            connection.close()

    def request_row(self, request_id: str, state: str = "finished", timeout_s: float = 10) -> dict[str, Any]:
        """The request's row, once it is in `state`."""
        wanted = request_id.replace("-", "") if self.on_sqlite else request_id

        def found() -> list[dict[str, Any]]:
            return self.rows("SELECT * FROM audit_request WHERE id = %s AND state = %s", wanted, state)

        wait_until(found, f"request {request_id} to be {state}", timeout_s)
        return found()[0]

    @property
    def on_sqlite(self) -> bool:
        return self.environment["DATABASE_URL"].startswith("sqlite")

    def logs(self) -> str:
        return "\n".join(
            f"== {path.name}\n{path.read_text()[-3000:]}" for path in self.directory.glob("*.log")
        )


@contextmanager
def started(directory: Path) -> Iterator[Stack]:
    """A stack that is ready. At its end every recorded decision is derived again; then it is dropped."""
    stack = _new(directory)
    with _database(stack):
        try:
            stack.start_valkey()
            stack.start_provider()
            said = _run(
                stack, str(TESTS / "stack_seed.py"), stack.provider_url + "/v1", stdout=subprocess.PIPE
            )
            stack.keys = json.loads(said)
            stack.start_worker()
            stack.start_web()
            wait_until(stack.ready, "the stack")
            yield stack
            _run(stack, "manage.py", "replay_decisions")
        finally:
            stack.stop()


def _new(directory: Path) -> Stack:
    web, provider, valkey = free_port(), free_port(), free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and k != "PYTHONWARNINGS"},
        "SIGNALBOX_DATA_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory / SQLITE}",
        "REDIS_URL": f"redis://127.0.0.1:{valkey}/0",
        "SIGNALBOX_DEMO": "true",
        "SIGNALBOX_FIELD_KEYS": Fernet.generate_key().decode(),
        "SIGNALBOX_INSECURE_ENDPOINT_HOSTS": f"127.0.0.1:{provider}",
    }
    return Stack(directory, environment, web, provider, valkey)


@contextmanager
def _database(stack: Stack) -> Iterator[None]:
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        schema.copy_to(stack.directory / SQLITE)
        yield
        return
    import psycopg

    name = f"stack_{stack.web_port}"
    with psycopg.connect(given, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{schema.template_on(given)}"')
    stack.environment["DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path="/" + name))
    try:
        yield
    finally:
        with psycopg.connect(given, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _run(stack: Stack, *arguments: str, stdout: int | None = None) -> bytes:
    """What a Python script says in the stack's environment. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**stack.environment, "SIGNALBOX_LOG_STREAM": "stderr"},
        stdout=stdout,
        timeout=SEED_TIMEOUT_S,
        check=True,
    )
    return done.stdout or b""


def wait_until(true: Any, what: str, timeout_s: float = START_TIMEOUT_S) -> None:
    """Returns once `true()` is; raises AssertionError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come up in {timeout_s} s"
        time.sleep(0.05)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


__all__ = ["Stack", "free_port", "started", "wait_until"]
