"""requirements*.txt: complete, hashed, up to date in names, and the same for every Python that we support."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
PYTHONS = (("3.11.0", "3.11"), ("3.11.2", "3.11"), ("3.12.0", "3.12"), ("3.13.0", "3.13"))
MACHINES = (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"))
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+) \\$", re.M)


def pins(file: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall((ROOT / file).read_text())}


def declared(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("file", "extras"),
    [("requirements.txt", ("demo", "build")), ("requirements-dev.txt", ("demo", "build", "dev"))],
)
def test_what_pyproject_declares_is_pinned_within_its_bounds(file: str, extras: tuple[str, ...]) -> None:
    found = pins(file)
    for requirement in declared(*extras):
        version = found.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} has no pin: ./run pins"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: ./run pins"


@pytest.mark.parametrize("file", FILES)
def test_every_pin_has_a_hash(file: str) -> None:
    text = (ROOT / file).read_text()
    blocks = PIN.split(text)
    for name, block in zip(blocks[1::3], blocks[3::3], strict=True):
        assert "--hash=sha256:" in block, name


@pytest.mark.parametrize("file", FILES)
def test_no_file_names_an_index_or_a_place(file: str) -> None:
    assert not re.search(
        r"https?://|file://|^-[^-\s]|--(extra-)?index-url|--find-links|--trusted-host",
        (ROOT / file).read_text(),
        re.M,
    )


def test_development_pins_agree_with_those_of_run_time() -> None:
    development = pins("requirements-dev.txt")
    assert {name: development.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


def environments() -> list[dict[str, str]]:
    return [
        {
            "python_full_version": full,
            "python_version": short,
            "sys_platform": platform,
            "platform_system": system,
            "platform_machine": machine,
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }
        for full, short in PYTHONS
        for platform, system, machine in MACHINES
    ]


def test_no_supported_python_needs_a_package_that_is_not_pinned() -> None:
    """Pins are made on one Python; a marker that is false there may be true elsewhere."""
    pinned = pins("requirements-dev.txt")
    missing = {
        f"{distribution.name} needs {line}"
        for distribution in distributions()
        if canonicalize_name(distribution.name) in pinned
        for line in distribution.requires or []
        if canonicalize_name((requirement := Requirement(line)).name) not in pinned
        and any(requirement.marker is None or requirement.marker.evaluate(place) for place in environments())
    }
    assert missing == set()
