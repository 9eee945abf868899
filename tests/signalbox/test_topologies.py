"""compose.yaml, the Dockerfile and the operations guide, held against the code without a container."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("platform", "registry", "routing", "audit", "billing")
READ = re.compile(
    r"""(?:environment\.(?:text|flag|integer|names)|environ\.get|getenv)\(\s*["']([A-Z][A-Z0-9_]+)["']"""
)
# Read by the tools that start us, or by the demo for a provider's key.
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def variables_in_code() -> set[str]:
    texts = (path.read_text() for source in SOURCES for path in (ROOT / source).rglob("*.py"))
    return {name for text in texts for name in READ.findall(text)} - NOT_SETTINGS


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: service
        for name, service in compose["services"].items()
        if service["image"].startswith("signalbox")
    }


def test_every_role_is_there(compose: dict[str, Any]) -> None:
    assert {"postgres", "valkey", "migrate", "web", "worker-default", "beat"} <= set(compose["services"])


def test_there_is_exactly_one_beat(compose: dict[str, Any]) -> None:
    assert compose["services"]["beat"]["deploy"]["replicas"] == 1
    others = [service.get("command") for name, service in ours(compose).items() if name != "beat"]
    assert not [command for command in others if command and "--with-beat" in command]


@pytest.mark.parametrize("name", ["web", "worker-default", "beat"])
def test_nothing_starts_before_the_schema_is_there(compose: dict[str, Any], name: str) -> None:
    waits = compose["services"][name]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_every_service_is_checked_or_says_that_it_is_not(compose: dict[str, Any]) -> None:
    image_checks = "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert image_checks
    assert all("healthcheck" in service or name == "web" for name, service in compose["services"].items())


def test_every_variable_that_compose_sets_is_one_that_the_code_reads(compose: dict[str, Any]) -> None:
    read = variables_in_code()
    for service in ours(compose).values():
        for name in service["environment"]:
            assert name.removesuffix("_FILE") in read, name


def test_every_secret_that_a_service_takes_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])


def test_nothing_runs_as_root_or_may_gain_privileges(compose: dict[str, Any]) -> None:
    assert re.search(r"^USER 10001$", (ROOT / "Dockerfile").read_text(), re.M)
    for service in ours(compose).values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True


def test_valkey_never_evicts_and_keeps_a_log(compose: dict[str, Any]) -> None:
    command = " ".join(compose["services"]["valkey"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_celery_knows_the_options_that_compose_gives(compose: dict[str, Any]) -> None:
    from celery.bin.celery import celery

    for service in ours(compose).values():
        command = service.get("command") or []
        if command[:1] == ["celery"]:
            name = next(word for word in command if word in ("worker", "beat"))
            known = {option for item in celery.commands[name].params for option in item.opts}
            given = [word for word in command[command.index(name) :] if word.startswith("--")]
            assert set(given) <= known


def test_the_image_holds_what_the_wheel_is_built_from() -> None:
    copied = {
        word.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.M)
        for word in shlex.split(line)[:-1]
    }
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"templates", *SOURCES, "pyproject.toml", "requirements.txt"} <= copied
    assert copied <= allowed


def test_the_operations_guide_documents_every_variable_and_no_other() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text()
    table = guide.partition("<!-- variables -->")[2].partition("<!-- end of variables -->")[0]
    documented = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", table, re.M))
    assert documented == variables_in_code()
