"""Real clients, unchanged, against a running Signalbox: `python -m tests.clients [NAME …]`.

Each client gets an environment of its own (under --environments, kept between runs), with what
tests/clients/catalogue.py asks for, and runs its checks there; one line is said per check. Without --url a
stack of its own is started, with the demo provider for models. The exit code is 1 where a check failed.
`--write` puts what came of it into docs/clients.md, for the clients that were run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients import page
from tests.clients.catalogue import CLIENTS, Client

HERE = Path(__file__).parent
CHECKS_TIMEOUT_S = 180
INSTALL_TIMEOUT_S = 900
PASSED, FAILED = "pass", "FAIL"


def main() -> int:
    options = _options()
    unknown = set(options.names) - CLIENTS.keys()
    if unknown:
        print(f"There are no clients {sorted(unknown)}; there are {sorted(CLIENTS)}.", file=sys.stderr)
        return 2
    failed = 0
    with _target(options) as (url, key):
        for name in options.names or CLIENTS:
            told: dict[str, str] = {}
            failed += _run(name, CLIENTS[name], options.environments, {"url": url, "key": key}, told)
            if options.write and "install" not in told:
                page.write(name, CLIENTS[name].version(options.environments / name), told)
    print(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CLIENTS))
    parser.add_argument("--url", help="of a running Signalbox, such as http://localhost:8000")
    parser.add_argument("--key", help="an API key of it, with the scopes chat and models")
    default = Path(tempfile.gettempdir()) / "signalbox-clients"
    parser.add_argument("--write", action="store_true", help="write docs/clients.md")
    parser.add_argument("--environments", type=Path, default=default)
    return parser.parse_args()


@contextmanager
def _target(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    if options.url:
        yield options.url.rstrip("/"), options.key or ""
        return
    sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "platform")]
    from tests.stack import started

    with tempfile.TemporaryDirectory() as directory, started(Path(directory)) as stack:
        yield stack.url, stack.keys["main"]


def _run(name: str, client: Client, environments: Path, target: dict[str, str], told: dict[str, str]) -> int:
    """How many checks failed; what can't be installed or run counts as one. `told`: check → its problem."""
    place = environments / name
    try:
        command = client.install(place, timeout_s=INSTALL_TIMEOUT_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        return _tell(told, name, "install", str(getattr(error, "stderr", "") or error)[-500:])
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONPATH" and not k.endswith("_API_KEY")},
        "SIGNALBOX_URL": target["url"],
        "SIGNALBOX_KEY": target["key"],
        "HOME": str(place),
    }
    try:
        done = subprocess.run(
            [*command, str(HERE / client.script)],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=CHECKS_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _tell(told, name, "run", f"no end within {CHECKS_TIMEOUT_S} s")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"check"')]
    failed = sum(_tell(told, name, line["check"], line["problem"]) for line in lines)
    if done.returncode or not lines:
        failed += _tell(told, name, "run", (done.stderr or done.stdout)[-800:] or "no check was run")
    return failed


def _tell(told: dict[str, str], name: str, check: str, problem: str) -> int:
    told[check] = problem
    print(f"{FAILED if problem else PASSED}  {name:16} {check:12} {problem}".rstrip(), flush=True)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
