"""JSON, by schema, and regular expressions: by an engine whose expressions take linear time."""

from functools import lru_cache
from typing import Any

import jsonschema_rs

from routing.core.answers import json_in
from routing.core.gates.contract import Answer, Said, Settings, failed, passed
from routing.schemas import problems_with

MAX_PATTERNS = 256


def json_schema(answer: Answer, settings: Settings) -> Said:
    """It is JSON, alone or in a fence, and meets the schema where there is one."""
    found = json_in(answer.text)
    if found is None:
        return failed("it is not JSON")
    schema = str(settings.get("schema", ""))
    problems = problems_with(found.value, schema) if schema else ()
    return failed(problems[0]) if problems else passed()


def regex(answer: Answer, settings: Settings) -> Said:
    """The expression is found in it."""
    found = _pattern(str(settings["pattern"])).is_valid(answer.text.strip())
    return passed() if found else failed("the expression is not found in it")


def pattern_problem(text: str) -> str | None:
    """What is wrong with an expression; None where it can be used."""
    try:
        _pattern(text)
    except ValueError:
        return (
            f"“{text}” is no regular expression that can be used (without look-around and back-references)."
        )
    return None


@lru_cache(maxsize=MAX_PATTERNS)
def _pattern(text: str) -> Any:
    return jsonschema_rs.validator_for(
        {"pattern": text}, offline=True, pattern_options=jsonschema_rs.RegexOptions()
    )
