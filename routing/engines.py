"""Detectors of optional extras: looked for by name, run off the event loop, within a deadline.

An engine that is not installed, fails or is late is no engine that found nothing: DetectionFailed is raised.
"""

import asyncio
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings

from routing.detection.catalogue import DETECTORS, PRESIDIO, is_optional
from routing.detection.finding import Finding
from routing.detection.scanner import MAX_FINDINGS
from routing.errors import DetectionFailed

PRESIDIO_MODULE = "presidio_analyzer"
MAX_CHARS = 200_000  # what a language model of the laptop kind reads in a few seconds
MAX_AT_ONCE = 2
MAX_WAITING = 64
ENTITIES = {name.removeprefix(PRESIDIO).upper(): name for name in DETECTORS if is_optional(name)}
_pool = ThreadPoolExecutor(MAX_AT_ONCE, "detection")
_waiting = 0


class Engine(Protocol):
    def find(self, text: str, detectors: frozenset[str]) -> Sequence[Finding]: ...


class Presidio:
    """Microsoft's Presidio, with the language model that the operator installed beside it."""

    def __init__(self, analyzer: Any, language: str) -> None:
        self._analyzer = analyzer
        self._language = language

    def find(self, text: str, detectors: frozenset[str]) -> Sequence[Finding]:
        wanted = [entity for entity, name in ENTITIES.items() if name in detectors]
        results = self._analyzer.analyze(
            text=text,
            entities=wanted,
            language=self._language,
            score_threshold=settings.PRESIDIO_SCORE_PERCENT / 100,
        )
        found = [(ENTITIES[each.entity_type], each.start, each.end) for each in results]
        return [Finding(name, DETECTORS[name].kind, start, end) for name, start, end in sorted(found)]


def is_installed() -> bool:
    """Whether there is a Presidio, and the language model that it is to read with."""
    names = (PRESIDIO_MODULE, settings.PRESIDIO_MODEL)
    return all(importlib.util.find_spec(name) is not None for name in names)


@lru_cache(maxsize=1)
def presidio() -> Engine:
    """Loaded once, which takes seconds. Only where it `is_installed` with its language model: a missing one
    it would fetch from the network."""
    model, language = settings.PRESIDIO_MODEL, settings.PRESIDIO_LANGUAGE
    package = importlib.import_module(PRESIDIO_MODULE)
    provider = importlib.import_module(PRESIDIO_MODULE + ".nlp_engine").NlpEngineProvider
    models = [{"lang_code": language, "model_name": model}]
    engine = provider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    return Presidio(package.AnalyzerEngine(nlp_engine=engine, supported_languages=[language]), language)


async def find(text: str, detectors: frozenset[str]) -> list[Finding]:
    """Raises DetectionFailed, never anything else."""
    global _waiting
    if not is_installed():
        raise DetectionFailed("Presidio is not installed.")
    if len(text) > MAX_CHARS:
        raise DetectionFailed(f"More than {MAX_CHARS} characters for Presidio.")
    if _waiting >= MAX_WAITING:
        raise DetectionFailed("Too many requests wait for Presidio.")
    _waiting += 1
    try:
        async with asyncio.timeout(settings.DETECTION_TIMEOUT_S):
            running = asyncio.get_running_loop().run_in_executor(_pool, _run, text, detectors)
            return await running
    except TimeoutError as error:
        raise DetectionFailed("Presidio did not answer in time.") from error
    finally:
        _waiting -= 1


def _run(text: str, detectors: frozenset[str]) -> list[Finding]:
    """In a thread. Another's code may raise whatever it likes, and each of that fails closed."""
    try:
        found = list(presidio().find(text, detectors))
    except (Exception, SystemExit) as error:  # spaCy exits where it can't load a model
        raise DetectionFailed(f"Presidio failed: {type(error).__name__}.") from error
    if len(found) > MAX_FINDINGS:
        raise DetectionFailed(f"Presidio found more than {MAX_FINDINGS} things.")
    return found
