"""The checkout's virtual environment: made from the pins, and trusted only while its stamp matches them.

The stamp is written last, so an environment that was left half made has none; it names the pins, the place
and the interpreter, so a changed pin, a moved checkout and a vanished Python each lead to a new one.
Standard library only: this runs before anything is installed.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".venv"
STAMP = PLACE / "signalbox-stamp.json"
PYTHON = PLACE / "bin" / "python"
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
INSTALL_TIMEOUT_S = 1200
SHOWN_LINES = 15


class EnvironmentFailed(Exception):
    """The environment could not be made; the message says why and what to do."""


def ensure(*, development: bool) -> Path:
    """The environment's Python, after making or updating the environment where it is out of date."""
    with _locked():
        found = _found()
        # Once the tools are there they stay, so that `demo` and `test` don't take turns in installing.
        development = development or DEVELOPMENT in found
        wanted = _wanted(development=development)
        if wanted.items() <= found.items():
            return PYTHON
        if found.get("place") != wanted["place"] or found.get(RUNTIME) != wanted[RUNTIME]:
            _make()
        _install(development=development)
        STAMP.write_text(json.dumps(wanted, indent=1), encoding="utf-8")
    return PYTHON


def _wanted(*, development: bool) -> dict[str, str]:
    files = [RUNTIME, "pyproject.toml", *([DEVELOPMENT] if development else [])]
    digests = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    return {"place": str(PLACE), **digests}


def _found() -> dict[str, str]:
    """What the stamp says; empty where there is none or the environment's Python no longer starts."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        subprocess.run([PYTHON, "-c", ""], check=True, capture_output=True, timeout=30)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _make() -> None:
    print("Making the environment in .venv (once, about a minute) …", file=sys.stderr, flush=True)
    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(PLACE)
    except (OSError, subprocess.CalledProcessError) as error:
        raise EnvironmentFailed(f"can't make {PLACE}: {error}") from error


def _install(*, development: bool) -> None:
    STAMP.unlink(missing_ok=True)
    pins = DEVELOPMENT if development else RUNTIME
    print(f"Installing what {pins} pins …", file=sys.stderr, flush=True)
    _pip("install", "--require-hashes", "-r", str(ROOT / pins))
    _pip("install", "--no-build-isolation", "--no-deps", "-e", str(ROOT))


def _pip(*arguments: str) -> None:
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_INPUT": "1"}
    ended = subprocess.run(
        [PYTHON, "-m", "pip", *arguments],
        env={**os.environ, **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_TIMEOUT_S,
        check=False,
    )
    if ended.returncode:
        tail = "\n".join(ended.stdout.splitlines()[-SHOWN_LINES:])
        raise EnvironmentFailed(f"{tail}\npip could not install; is a package index reachable from here?")


@contextmanager
def _locked() -> Iterator[None]:
    """One at a time: two commands started together would otherwise build on top of each other."""
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        raise EnvironmentFailed(
            f"no permission to write {error.filename}. Was it made by another user, such as root? "
            f"Give it to this one (chown -R {os.getuid()} {ROOT}) or remove it."
        ) from error
