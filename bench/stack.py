"""The stack under measurement: mock provider, Valkey, one web process, one worker, and the bare view."""

import asyncio
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from signalbox.embedded import server_binary

from bench import load
from bench.processes import START_TIMEOUT_S, await_port, free_port, process

ROOT = Path(__file__).resolve().parent.parent
UVICORN = (
    "-m",
    "uvicorn",
    "--no-access-log",
    "--log-level",
    "warning",
    "--loop",
    "uvloop",
    "--http",
    "httptools",
)


@dataclass(frozen=True, slots=True)
class Stack:
    pids: dict[str, int]
    bare_pid: int
    web_url: str
    upstream_url: str
    bare_url: str
    api_key: str
    upstream_model: str

    def governed(self, body: bytes) -> load.Target:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return load.Target(f"{self.web_url}/v1/chat/completions", headers, body)

    def direct(self, body: bytes) -> load.Target:
        return load.Target(f"{self.upstream_url}/v1/chat/completions", {}, body)

    def bare(self, body: bytes) -> load.Target:
        return load.Target(f"{self.bare_url}/v1/chat/completions", {}, body)


@contextmanager
def start(directory: Path, database_url: str, database_pid: int | None) -> Iterator[Stack]:
    ports = {name: free_port() for name in ("valkey", "provider", "web", "bare")}
    env = {
        "DATABASE_URL": database_url,
        "REDIS_URL": f"redis://127.0.0.1:{ports['valkey']}/0",
        "SIGNALBOX_DATA_DIR": str(directory),
        "SIGNALBOX_SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNALBOX_DEMO": "true",
        "SIGNALBOX_FIELD_KEYS": Fernet.generate_key().decode(),
        "SIGNALBOX_INSECURE_ENDPOINT_HOSTS": f"127.0.0.1:{ports['provider']}",
        "DJANGO_SETTINGS_MODULE": "signalbox.settings",
    }
    with ExitStack() as exits:

        def run(*command: str) -> int:
            return exits.enter_context(process(*command, env=env, log=directory / "stack.log"))

        valkey = run(server_binary(), "--port", str(ports["valkey"]), "--dir", str(directory), "--save", "")
        run(sys.executable, "-m", "signalbox.demo_provider", "--port", str(ports["provider"]))
        await_port(ports["valkey"])
        manage(env, "migrate", "--verbosity", "0")
        seeded = json.loads(
            manage(
                env, "shell", "--no-imports", "-c", f"from bench.seed import seed; seed({ports['provider']})"
            )
        )
        web = run(sys.executable, *UVICORN, "signalbox.asgi:application", "--port", str(ports["web"]))
        worker = run(
            sys.executable,
            "-m",
            "celery",
            "-A",
            "signalbox.celery",
            "worker",
            "--pool",
            "threads",
            "-c",
            "2",
            "-l",
            "warning",
        )
        bare = run(sys.executable, *UVICORN, "bench.bare_view:application", "--port", str(ports["bare"]))
        for port in ports.values():
            await_port(port)
        pids = {"web": web, "worker": worker, "Valkey": valkey}
        if database_pid:
            pids["PostgreSQL"] = database_pid
        stack = Stack(
            pids=pids,
            bare_pid=bare,
            web_url=f"http://127.0.0.1:{ports['web']}",
            upstream_url=f"http://127.0.0.1:{ports['provider']}",
            bare_url=f"http://127.0.0.1:{ports['bare']}",
            **seeded,
        )
        await_answer(stack, directory)
        yield stack


def manage(env: dict[str, str], *arguments: str) -> str:
    import os

    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**os.environ, **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def await_answer(stack: Stack, directory: Path) -> None:
    """Until one governed call is answered: web, worker and database have found each other."""
    body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "ready?"}]}).encode()
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        answered = asyncio.run(load.run(stack.governed(body), connections=1, requests=1))
        if answered.statuses == {200: 1}:
            return
        if time.monotonic() > deadline:
            log = (directory / "stack.log").read_text(errors="replace")[-4000:]
            sys.exit(f"The stack does not answer ({answered.statuses}):\n{log}")
        time.sleep(0.2)
