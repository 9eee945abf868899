"""Presidio's place: what is missing, fails, is late or too much refuses, and never is nothing found."""

import sys
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from routing import engines
from routing.checks import extras_are_installed
from routing.detection.finding import Finding, Kind
from routing.errors import DetectionFailed

WANTED = frozenset({"presidio_person"})


@dataclass
class Result:
    entity_type: str
    start: int
    end: int


@pytest.fixture
def presidio(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """Stands for the package: `presidio(analyze)` installs one whose analyzer does that."""

    def install(analyze: Callable[..., list[Result]]) -> None:
        for name in ("presidio_of_tests", "presidio_of_tests.nlp_engine"):
            module: Any = types.ModuleType(name)
            module.__spec__ = types.SimpleNamespace(name=name)
            module.AnalyzerEngine = lambda **options: types.SimpleNamespace(analyze=analyze)
            module.NlpEngineProvider = lambda **options: types.SimpleNamespace(create_engine=lambda: None)
            monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(engines, "PRESIDIO_MODULE", "presidio_of_tests")
        settings.PRESIDIO_MODEL = "presidio_of_tests"
        engines.presidio.cache_clear()

    yield install
    engines.presidio.cache_clear()


async def test_findings_have_our_names_and_order(presidio: Any) -> None:
    def analyze(**asked: Any) -> list[Result]:
        assert asked["entities"] == ["PERSON"]
        return [Result("PERSON", 9, 13), Result("PERSON", 0, 4)]

    presidio(analyze)
    assert await engines.find("Jane and Joan", WANTED) == [
        Finding("presidio_person", Kind.PERSONAL, 0, 4),
        Finding("presidio_person", Kind.PERSONAL, 9, 13),
    ]


def broken(**asked: Any) -> list[Result]:
    raise KeyError("no such recogniser")


def leaving(**asked: Any) -> list[Result]:
    raise SystemExit(1)


def unknown(**asked: Any) -> list[Result]:
    return [Result("SPACESHIP", 0, 1)]


@pytest.mark.parametrize("analyze", [broken, leaving, unknown])
async def test_an_engine_that_fails_fails_closed(presidio: Any, analyze: Any) -> None:
    presidio(analyze)
    with pytest.raises(DetectionFailed):
        await engines.find("Jane", WANTED)


async def test_an_engine_that_is_late_fails_closed_and_blocks_nobody(presidio: Any, settings: Any) -> None:
    settings.DETECTION_TIMEOUT_S = 0.05
    may_answer = threading.Event()
    presidio(lambda **asked: may_answer.wait(30) and [])
    with pytest.raises(DetectionFailed, match="in time"):
        await engines.find("Jane", WANTED)
    may_answer.set()


async def test_an_engine_that_is_not_installed_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PRESIDIO_MODULE", "no_such_module_at_all")
    with pytest.raises(DetectionFailed, match="not installed"):
        await engines.find("Jane", WANTED)


async def test_a_language_model_that_is_missing_is_not_fetched(presidio: Any, settings: Any) -> None:
    presidio(lambda **asked: [])
    settings.PRESIDIO_MODEL = "no_such_model_at_all"
    with pytest.raises(DetectionFailed, match="not installed"):
        await engines.find("Jane", WANTED)


async def test_more_text_than_is_read_in_time_fails_closed(presidio: Any) -> None:
    presidio(lambda **asked: [])
    with pytest.raises(DetectionFailed, match="characters"):
        await engines.find("x" * (engines.MAX_CHARS + 1), WANTED)


def test_a_start_without_what_is_expected_is_refused(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(engines, "PRESIDIO_MODULE", "no_such_module_at_all")
    assert extras_are_installed(None) == []
    settings.PRESIDIO_EXPECTED = True
    assert [problem.id for problem in extras_are_installed(None)] == ["routing.E003"]
