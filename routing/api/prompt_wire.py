"""`prompt` of a chat request: which prompt, which version of it, and the values of its variables.

As OpenAI's Responses write it, `{"id": …, "version": …, "variables": {…}}`, or by its name alone, with
`variables` beside it: `"prompt": "summary@3"`.
"""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta, Struct

from routing.errors import InvalidRequest

MAX_VARIABLES = 200
_VERSION = re.compile(r"[1-9][0-9]{0,8}")

PromptName = Annotated[str, Meta(min_length=1, max_length=160, pattern=r"^[^\x00-\x20\x7f]+\Z")]


class PromptRef(Struct):
    id: PromptName
    version: str | int | None = None
    variables: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PromptCall:
    """A prompt as it was asked for. Without a version, the one that its name means now."""

    name: str
    version: int | None
    values: dict[str, Any] = field(repr=False)


def read_prompt(given: str | PromptRef | None, beside: dict[str, Any] | None) -> PromptCall | None:
    """Raises InvalidRequest."""
    if given is None:
        if beside is not None:
            raise InvalidRequest("'variables' is only allowed with 'prompt'.", "variables")
        return None
    named = given if isinstance(given, str) else given.id
    name, at, number = named.partition("@")
    version = number if at else None
    values = beside
    if isinstance(given, PromptRef):
        if beside is not None and given.variables is not None:
            raise InvalidRequest("Give the variables once: in 'prompt' or beside it.", "variables")
        values = given.variables if given.variables is not None else beside
        if given.version is not None and version is not None and str(given.version) != version:
            raise InvalidRequest("'prompt.id' and 'prompt.version' name two versions.", "prompt.version")
        version = version if given.version is None else str(given.version)
    if version is not None and not _VERSION.fullmatch(version):
        raise InvalidRequest("The version of a prompt is a number from 1.", "prompt.version")
    if len(values or ()) > MAX_VARIABLES:
        raise InvalidRequest(f"At most {MAX_VARIABLES} variables.", "prompt.variables")
    told = {name: _text_part(value) for name, value in (values or {}).items()}
    return PromptCall(name, None if version is None else int(version), told)


def _text_part(value: Any) -> Any:
    """A text as OpenAI's clients may wrap it."""
    if isinstance(value, dict) and value.get("type") == "input_text":
        return value.get("text")
    return value
