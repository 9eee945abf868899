"""Counterparts that others made, each against us: `python -m tests.counterparts [NAME …]`.

`llmock` and `aimock` play providers, and break them; every dialect calls them by the worker's own transport.
`comply` asks a running stack for chat, Responses and messages as their documents say. Each is installed in an
environment of its own (under --environments, kept between runs). The exit code is 1 where a check failed.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from tests.clients.catalogue import Client
from tests.counterparts import aimock, comply, llmock
from tests.counterparts.running import served

INSTALL_TIMEOUT_S = 900
PROVIDERS: dict[str, ModuleType] = {"llmock": llmock, "aimock": aimock}
NAMES = (*PROVIDERS, "comply")


def main() -> int:
    options = _options()
    failed = 0
    for name in options.names or NAMES:
        if name not in NAMES:
            print(f"There is no counterpart {name!r}; there are {', '.join(NAMES)}.", file=sys.stderr)
            return 2
        module = PROVIDERS.get(name, comply)
        if module is aimock and shutil.which("npm") is None:
            print(f"left out  {name}: it needs Node, which is not here")
            continue
        place = options.environments / name
        try:
            Client(module.SCRIPT, (module.PACKAGE,)).install(place, timeout_s=INSTALL_TIMEOUT_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
            failed += _tell(name, "install", str(getattr(error, "stderr", "") or error)[-500:])
            continue
        failed += asyncio.run(_checked(name, module, place))
    print(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0


async def _checked(name: str, module: ModuleType, place: Path) -> int:
    if name == "comply":
        return sum([_tell(name, what, problem) async for what, problem in comply.checks(place)])
    command = [str(place / module.COMMAND[0]), *module.COMMAND[1:]]
    if module.SCRIPT.endswith(".mjs"):
        command.insert(0, "node")
    with served(command, place, module.READY) as url:
        return sum([_tell(name, what, problem) async for what, problem in module.checks(url)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.counterparts", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    default = Path(tempfile.gettempdir()) / "signalbox-counterparts"
    parser.add_argument("--environments", type=Path, default=default)
    return parser.parse_args()


def _tell(name: str, check: str, problem: str) -> int:
    print(f"{'FAIL' if problem else 'pass'}  {name:8} {check:48} {problem[:300]}".rstrip(), flush=True)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
