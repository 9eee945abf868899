"""What `./run` can be asked for. Standard library only; the rest happens in the environment it makes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import environment

USAGE = """\
./run demo [--port N] [--reset]   start a whole Signalbox here, with a demo provider; state lies in .data
./run test [pytest arguments]     the test suite, with no services; paths count from the checkout
./run check                       lint, format, types, imports, migrations, templates
./run manage COMMAND …            Django's command line, on the demo unless DATABASE_URL says otherwise
./run pins                        compile requirements*.txt anew from pyproject.toml
"""

CHECKS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy", "platform/signalbox", "audit", "registry", "billing", "routing", "evaluation"),
    "imports": ("importlinter.cli", "lint"),
    "migrations": ("django", "makemigrations", "--check", "--dry-run"),
    "settings": ("django", "check"),
    "templates": ("djlint", "templates", "--check", "--lint"),
}
COMPILE = (
    *("piptools", "compile", "--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras"),
    *("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links"),
    *("--extra", "demo", "--extra", "build"),
)


def demo(arguments: list[str]) -> int:
    return _become(environment.ensure(development=False), "-m", "signalbox.supervisor", *arguments)


def test(arguments: list[str]) -> int:
    return _become(environment.ensure(development=True), "-m", "pytest", *arguments)


def manage(arguments: list[str]) -> int:
    return _become(environment.ensure(development=False), "-m", "signalbox.demo.manage", *arguments)


def check(arguments: list[str]) -> int:
    """Every check runs, also after one failed; a name or several as arguments pick out some."""
    python = environment.ensure(development=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
    failed = []
    for name in arguments or CHECKS:
        if name not in CHECKS:
            print(f"No check is called {name!r}; there are: {', '.join(CHECKS)}.", file=sys.stderr)
            return 2
        print(f"── {name}: {' '.join(CHECKS[name])}", flush=True)
        if subprocess.run([python, "-m", *CHECKS[name]], check=False).returncode:
            failed.append(name)
    print(f"Failed: {', '.join(failed)}." if failed else "All checks hold.")
    return 1 if failed else 0


def pins(arguments: list[str]) -> int:
    """`--upgrade` and the like are handed on to pip-compile."""
    python = environment.ensure(development=True)
    os.environ["CUSTOM_COMPILE_COMMAND"] = "./run pins"
    development = ("--extra", "dev", "-c", environment.RUNTIME)
    for more, output in ((), environment.RUNTIME), (development, environment.DEVELOPMENT):
        command = [python, "-m", *COMPILE, *more, *arguments, "-o", output, "pyproject.toml"]
        if code := subprocess.run(command, check=False).returncode:
            return code
    return 0


def usage(arguments: list[str]) -> int:
    print(USAGE, end="")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "test": test,
    "check": check,
    "manage": manage,
    "pins": pins,
    "help": usage,
    "--help": usage,
    "-h": usage,
}


def _become(python: Path, *arguments: str) -> int:
    """Replace this process, so that signals reach what the user started and nothing stands between."""
    sys.stdout.flush()
    os.execv(python, [str(python), *arguments])


def main(arguments: list[str]) -> int:
    name, *rest = arguments or ["help"]
    command = COMMANDS.get(name)
    if command is None:
        print(f"There is no command {name!r}.\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    os.chdir(environment.ROOT)
    try:
        return command(rest)
    except environment.EnvironmentFailed as error:
        print(f"signalbox: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
