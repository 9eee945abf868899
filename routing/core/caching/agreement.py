"""Whether two answers say the same: as JSON where both are, else in their words."""

import json

from routing.core.answers import folded, json_in, similar


def agree(one: str, other: str) -> bool:
    """Strict for what is short: a number, a name or a choice must be the same."""
    mine, theirs = _as_json(one), _as_json(other)
    if mine is not None or theirs is not None:
        return mine == theirs
    return similar(folded(one), folded(other))


def _as_json(text: str) -> str | None:
    """Canonical, where the whole text is an object or a list."""
    if not text.strip().startswith(("{", "[", "```")):
        return None
    found = json_in(text)
    if found is None or not isinstance(found.value, dict | list):
        return None
    return json.dumps(found.value, sort_keys=True)
