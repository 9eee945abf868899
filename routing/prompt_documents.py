"""Prompts in configuration documents: by name and version, their messages by variant and place."""

from typing import Any

from registry.documents import shape
from routing.models import PromptMessage, PromptTemplate


def register() -> None:
    shape(PromptTemplate, key=("name", "version"), notations={"version": (_same, _number)})
    shape(PromptMessage, key=("template", "family", "position"), notations={"position": (_same, _number)})


def _same(value: Any) -> Any:
    return value


def _number(value: Any) -> int:
    """Where it is part of a key, a document has it as text."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    raise ValueError(f"must be a whole number, not {value!r}.")
