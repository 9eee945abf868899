"""The checkout's shape: what must not appear, and what the wheel must hold."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("signalbox", "evaluation", "routing", "billing", "registry", "audit")
DATA_SUFFIXES = {".html", ".lua", ".css", ".js", ".svg"}


def test_platform_is_no_package_so_that_the_standard_library_keeps_its_name() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    found = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.__file__, platform.system())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(ROOT / "platform") not in found.stdout


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    directory = tmp_path_factory.mktemp("wheel")
    command = ["-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "-w", directory, ROOT]
    subprocess.run([sys.executable, *command], check=True, timeout=120)
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("app", APPS)
def test_the_wheel_holds_every_module_migration_and_data_file_of(app: str, wheel_names: set[str]) -> None:
    source = ROOT / ("platform/signalbox" if app == "signalbox" else app)
    wanted = {
        f"{app}/{path.relative_to(source)}"
        for path in source.rglob("*")
        if path.suffix in DATA_SUFFIXES | {".py"} and "__pycache__" not in path.parts
    }
    assert wanted - wheel_names == set()


def test_the_wheel_holds_every_template(wheel_names: set[str]) -> None:
    templates = ROOT / "templates"
    wanted = {f"signalbox/templates/{path.relative_to(templates)}" for path in templates.rglob("*.*")}
    assert wanted
    assert wanted - wheel_names == set()


def test_the_wheel_holds_nothing_that_is_only_for_the_checkout(wheel_names: set[str]) -> None:
    assert not [name for name in wheel_names if name.startswith(("tests/", "bench/", ".ci/", "platform/"))]
