"""./run: the right Python or a clear message, and an environment that is trusted only when it is whole."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = ("sh", "dirname", "env", "uname")


def run(path: str, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": path, "HOME": os.environ.get("HOME", "/"), **more}
    return subprocess.run(
        ["/bin/sh", ROOT / "run", *arguments],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with a shell's tools and no Python."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            (tmp_path / name).symlink_to(found)
    return tmp_path


def fake_python(tools: Path, name: str, version: str, *, bare: bool = False) -> None:
    """One that says it is `version`; `bare` is a Debian without python3-venv."""
    enough = 0 if version >= "3.11" else 1
    program = tools / name
    program.write_text(
        f"""#!/bin/sh
case "$*" in
    -V) echo "Python {version}" ;;
    *version_info*) exit {enough} ;;
    *ensurepip*) exit {int(bare)} ;;
    *) echo "would run $*" ;;
esac
"""
    )
    program.chmod(0o755)


def test_without_python_the_message_says_what_is_needed(tools: Path) -> None:
    ended = run(str(tools), "demo")
    assert ended.returncode == 1
    assert "Python 3.11 or later is needed; found none" in ended.stderr


def test_an_old_python_is_named(tools: Path) -> None:
    fake_python(tools, "python3", "3.09.2")
    ended = run(str(tools), "demo")
    assert ended.returncode == 1
    assert "found only python3 (Python 3.09.2)" in ended.stderr


def test_a_python_that_makes_no_environments_gets_the_package_to_install(tools: Path) -> None:
    fake_python(tools, "python3", "3.11.2", bare=True)
    ended = run(str(tools), "demo")
    assert ended.returncode == 1
    assert "apt-get install python3-venv" in ended.stderr


def test_the_newer_one_is_found_beside_an_old_one(tools: Path) -> None:
    fake_python(tools, "python3", "3.09.2")
    fake_python(tools, "python3.12", "3.12.1")
    ended = run(str(tools), "demo", "--port", "8010")
    assert ended.stdout == f"would run {ROOT}/.ci/checkout.py demo --port 8010\n"


def test_the_python_that_was_named_is_the_only_one_that_is_tried(tools: Path) -> None:
    fake_python(tools, "python3", "3.12.1")
    ended = run(str(tools), "demo", SIGNALBOX_PYTHON="/nowhere/python")
    assert ended.returncode == 1
    assert "SIGNALBOX_PYTHON=/nowhere/python" in ended.stderr


def test_an_unknown_command_shows_what_there_is() -> None:
    ended = run(os.environ["PATH"], "fly")
    assert ended.returncode == 2
    assert "'fly'" in ended.stderr
    assert "./run demo" in ended.stderr


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of .ci, on a checkout of its own whose installs are only counted."""
    spec = importlib.util.spec_from_file_location("checkout_environment", ROOT / ".ci" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in (module.RUNTIME, module.DEVELOPMENT, "pyproject.toml"):
        (tmp_path / name).write_text(name)
    place = tmp_path / ".venv"
    for name, value in (
        ("ROOT", tmp_path),
        ("PLACE", place),
        ("STAMP", place / "stamp"),
        ("PYTHON", sys.executable),
    ):
        monkeypatch.setattr(module, name, value)
    module.done = []
    monkeypatch.setattr(module, "_make", lambda: (module.done.append("make"), place.mkdir(exist_ok=True)))
    monkeypatch.setattr(module, "_pip", lambda *words: module.done.append(" ".join(words[:2])))
    return module


def test_a_whole_environment_is_used_as_it_is(environment: ModuleType) -> None:
    environment.ensure(development=False)
    assert environment.done.pop(0) == "make"
    environment.done.clear()
    environment.ensure(development=False)
    assert environment.done == []


def test_one_without_a_stamp_is_not_trusted(environment: ModuleType) -> None:
    environment.ensure(development=False)
    environment.STAMP.unlink()
    environment.done.clear()
    environment.ensure(development=False)
    assert environment.done[0] == "make"


def test_a_failed_install_leaves_no_stamp(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: str) -> None:
        raise environment.EnvironmentFailed("no index")

    environment.ensure(development=False)
    (environment.ROOT / environment.RUNTIME).write_text("changed")
    monkeypatch.setattr(environment, "_pip", fail)
    with pytest.raises(environment.EnvironmentFailed):
        environment.ensure(development=False)
    assert not environment.STAMP.exists()


def test_a_changed_pin_makes_a_new_one(environment: ModuleType) -> None:
    environment.ensure(development=False)
    (environment.ROOT / environment.RUNTIME).write_text("changed")
    environment.done.clear()
    environment.ensure(development=False)
    assert environment.done[0] == "make"


def test_tools_are_added_to_what_the_demo_made(environment: ModuleType) -> None:
    environment.ensure(development=False)
    environment.done.clear()
    environment.ensure(development=True)
    assert "make" not in environment.done
    assert environment.done
    assert environment.DEVELOPMENT in json.loads(environment.STAMP.read_text())


def test_a_moved_checkout_makes_a_new_one(environment: ModuleType) -> None:
    environment.ensure(development=False)
    stamp = json.loads(environment.STAMP.read_text())
    environment.STAMP.write_text(json.dumps({**stamp, "place": "/elsewhere/.venv"}))
    environment.done.clear()
    environment.ensure(development=False)
    assert environment.done[0] == "make"
