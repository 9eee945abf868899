"""What a Gemini takes, by its id."""

import re
from typing import Any

_GENERATION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_THIRD = (3, 0)
_LATEST = (99, 0)  # of an id that says none, such as `gemini-flash-latest`
_BUDGETS = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24_576, "xhigh": 24_576}
_LEVELS = {"minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "high"}
_PRO_LEVELS = {**_LEVELS, "minimal": "low"}
_PICTURE_LEVELS = {**_LEVELS, "low": "minimal", "medium": "high"}  # of a Flash that draws
_FIRST_PRO_LEVELS = {**_PRO_LEVELS, "medium": "high"}  # of 3.0, which knows two


def thinking_config(effort: str, upstream_id: str) -> dict[str, Any] | None:
    """Gemini 3 thinks by level, 2.5 by a budget of tokens, earlier ones not at all; a Pro always thinks. None
    where the model can't think so."""
    generation = _generation(upstream_id)
    if generation >= _THIRD:
        levels = _levels(generation, upstream_id)
        thinking: dict[str, Any] | None = {"thinkingLevel": levels[effort]} if effort in levels else None
    elif generation >= (2, 5):
        can = effort in _BUDGETS and not ("-pro" in upstream_id and effort == "none")
        thinking = {"thinkingBudget": _BUDGETS[effort]} if can else None
    else:
        thinking = {} if effort == "none" else None
    if thinking and effort != "none":
        thinking["includeThoughts"] = True
    return thinking


def _levels(generation: tuple[int, int], upstream_id: str) -> dict[str, str]:
    """OpenAI's efforts, and the nearest level that the model knows."""
    if "-pro" in upstream_id:
        return _FIRST_PRO_LEVELS if generation == _THIRD else _PRO_LEVELS
    return _PICTURE_LEVELS if "-image" in upstream_id else _LEVELS


def wants_signatures(upstream_id: str) -> bool:
    """Whether a turn's first call must have a thought's signature, which a call of another model has not."""
    return "gemini" in upstream_id and _generation(upstream_id) >= _THIRD


def takes_pictures_in_results(upstream_id: str) -> bool:
    return _THIRD <= _generation(upstream_id) < _LATEST


def _generation(upstream_id: str) -> tuple[int, int]:
    found = _GENERATION.search(upstream_id)
    return (int(found.group(1)), int(found.group(2) or 0)) if found else _LATEST
