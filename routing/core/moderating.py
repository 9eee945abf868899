"""Several moderations of the same input as one: whatever any of them flags is flagged. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def verdicts_in(answer: str) -> list[Mapping[str, Any]] | None:
    """The results of a moderation, one for each input; None where the text is no moderation."""
    try:
        results = json.loads(answer)["results"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(results, list) or not results:
        return None
    sound = all(isinstance(each, dict) and isinstance(each.get("flagged"), bool) for each in results)
    return results if sound else None


def any_flags(answers: Sequence[str]) -> str:
    """One moderation of `answers`, which are moderations of as many inputs: an input or a category is flagged
    where any of them flags it, and has the highest score that any gives it. The rest is the first's."""
    whole: dict[str, Any] = json.loads(answers[0])
    found = [results for answer in answers if (results := verdicts_in(answer)) is not None]
    whole["results"] = [_merged(of_input) for of_input in zip(*found, strict=True)]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def flagged_by(answers: Sequence[str]) -> int:
    """How many of the moderations flag anything."""
    return sum(any(each["flagged"] for each in verdicts_in(answer) or ()) for answer in answers)


def _merged(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {**results[0], "flagged": any(each["flagged"] for each in results)}
    for name, most in (("categories", any), ("category_scores", max)):
        tables = [each[name] for each in results if isinstance(each.get(name), dict)]
        keys = dict.fromkeys(key for table in tables for key in table)
        if keys:
            merged[name] = {key: most([table[key] for table in tables if key in table]) for key in keys}
    return merged
