"""Provider adapters: one module per wire dialect, found by name.

`get(dialect)` answers the adapter; `names()` all that there are. A new dialect is one module with a `DIALECT`
and one entry here.
"""

from routing.adapters import anthropic, gemini, openai
from routing.adapters.contract import Adapter

_DIALECTS = (openai, anthropic, gemini)
_ADAPTERS: dict[str, Adapter] = {module.DIALECT.name: module.DIALECT for module in _DIALECTS}


def get(dialect: str) -> Adapter:
    """The adapter of `dialect`. Raises KeyError where there is none."""
    return _ADAPTERS[dialect]


def names() -> tuple[str, ...]:
    return tuple(_ADAPTERS)
