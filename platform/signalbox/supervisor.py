"""`./run demo`: a whole Signalbox on one machine, started, watched and stopped as one.

1. One demo per data directory (a lock), and only on a port that is free.
2. Secrets are made once; the schema is migrated and the demo's configuration seeded on each start.
3. Valkey (unless REDIS_URL names one), the demo provider, a worker with beat, and the web server.
4. Whichever ends by itself ends the demo, with the end of its log. Ctrl-C and SIGTERM stop all of it.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from signalbox.demo import banner, ports, state
from signalbox.demo.children import Children, Role, tail
from signalbox.embedded import start_server
from signalbox.errors import AlreadyRunning, ChildDied, DemoError, EmbeddedServerMissing

DEFAULT_PORT = 8000
START_TIMEOUT_S = 60.0
WATCH_S = 0.3
PID_FILE = "demo.pid"
PROVIDER_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")
WEB_OPTIONS = (
    *("--host", ports.HOST, "--workers", "1", "--loop", "uvloop", "--http", "httptools"),
    *("--lifespan", "on", "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "3"),
)
WORKER_OPTIONS = ("--pool", "threads", "--concurrency", "2", "--with-beat", "--loglevel", "INFO")


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    directory = state.data_directory()
    stop = _stop_on_signals()
    try:
        state.prepare(directory)
        with _only_one(directory):
            if options.reset:
                _reset(directory)
            ports.require_free(options.port)
            _run(directory, options.port, stop)
    except (DemoError, EmbeddedServerMissing) as error:
        print(f"\nsignalbox: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description="A whole Signalbox on this machine.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="of the web server (%(default)s)")
    parser.add_argument(
        "--reset", action="store_true", help="remove what an earlier demo made, and start over"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"a port lies between 1 and 65535, not {text!r}")
    return int(text)


def _stop_on_signals() -> threading.Event:
    """An event that the first signal sets; a second one interrupts whatever is being waited for."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    return stop


@contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, with our pid and port in it for whoever finds it held."""
    with (directory / PID_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyRunning(
                f"A demo runs on {directory} already (process {file.read(32).strip() or 'unknown'}). "
                "Stop it with Ctrl-C, or set SIGNALBOX_DATA_DIR for a second one."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _reset(directory: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name):
            raise DemoError(
                f"--reset removes only what the demo made; unset {name}, or empty that one yourself."
            )
    state.reset(directory)
    state.prepare(directory)


def _run(directory: Path, port: int, stop: threading.Event) -> None:
    saved = state.load(directory) or state.State()
    saved.web_port = port
    saved.valkey_port = ports.choose(saved.valkey_port, avoid=(port,))
    saved.provider_port = ports.choose(saved.provider_port, avoid=(port, saved.valkey_port))
    state.save(directory, saved)
    children = Children(directory / "logs", {**os.environ, **saved.environment()})
    try:
        _start(children, directory, saved, stop)
        if not stop.is_set():
            print(banner.text(state.load(directory) or saved, directory), flush=True)
        while not stop.wait(WATCH_S):
            _require_alive(children)
        print("\nStopping …", flush=True)
    except KeyboardInterrupt:
        children.kill()
    finally:
        _ignore_signals()
        children.stop()
    print("Stopped. Everything is kept in .data; ./run demo goes on from here.", flush=True)


def _start(children: Children, directory: Path, saved: state.State, stop: threading.Event) -> None:
    """Each step in order; returns early once `stop` is set."""
    python = sys.executable

    def check() -> None:
        _require_alive(children)
        if stop.is_set():
            raise KeyboardInterrupt

    _say("Valkey" if not os.environ.get("REDIS_URL") else "Redis at REDIS_URL")
    if not os.environ.get("REDIS_URL"):
        children.adopt("valkey", _valkey(children, directory, saved), Role.SUPPORT)
        ports.wait_until(
            "Valkey", lambda: ports.accepts(saved.valkey_port), timeout_s=START_TIMEOUT_S, check=check
        )
    _say("the demo provider")
    provider = ("-m", "signalbox.demo_provider", "--port", str(saved.provider_port))
    children.start("provider", (python, *provider), Role.SUPPORT, without=PROVIDER_KEYS)
    ports.wait_until(
        "The demo provider",
        lambda: ports.accepts(saved.provider_port),
        timeout_s=START_TIMEOUT_S,
        check=check,
    )
    _say("the schema")
    children.run("migrate", (python, "-m", "django", "migrate", "--no-input", "--verbosity", "1"), check)
    _say("the demo's configuration")
    children.run("seed", (python, "-m", "django", "seed_demo"), check)
    _say("worker and web")
    children.start(
        "worker", (python, "-m", "celery", "--quiet", "-A", "signalbox.celery", "worker", *WORKER_OPTIONS)
    )
    web = ("-m", "uvicorn", "signalbox.asgi:application", "--port", str(saved.web_port), *WEB_OPTIONS)
    children.start("web", (python, *web), without=PROVIDER_KEYS)
    ready = f"http://{ports.HOST}:{saved.web_port}/readyz"
    ports.wait_until(
        "The web server", lambda: ports.says_ready(ready), timeout_s=START_TIMEOUT_S, check=check
    )


def _valkey(children: Children, directory: Path, saved: state.State) -> "subprocess.Popen[bytes]":
    with children.log_path("valkey").open("ab") as log:
        return start_server(
            port=saved.valkey_port,
            directory=directory / "valkey",
            password=saved.valkey_password,
            log=log,
        )


def _require_alive(children: Children) -> None:
    if dead := children.first_dead():
        raise ChildDied(
            f"{dead.name} ended by itself (exit code {dead.process.returncode}). "
            f"Its log {dead.log} ends with:\n{tail(dead.log)}"
        )


def _ignore_signals() -> None:
    """Stopping is bounded; a further Ctrl-C must not cut it short and leave a process behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _say(step: str) -> None:
    print(f"  {step} …", flush=True)


if __name__ == "__main__":
    sys.exit(main())
