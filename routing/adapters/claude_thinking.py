"""How a Claude is told to think, wherever it is called: by effort, by a budget of tokens, or not.

What was asked in Anthropic's own words (`thinking`, `output_config.effort`) goes as it was written to a model
that takes it; any other model is told the nearest that it can be told.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from routing.adapters.anthropic_models import ModelFacts

MIN_BUDGET_TOKENS = 1024
BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 24_576, "xhigh": 32_768, "max": 65_536}
EFFORT_UP_TO = ((2048, "low"), (8192, "medium"))  # tokens of a thinking budget; above them it is high
_EFFORTS = {"minimal": "low", "xhigh": "max"}  # others have their own name
_EFFORT_OF = {"adaptive": "high", "between_tools": "low", "disabled": "none"}


class Asked(Struct, frozen=True):
    """What a request says of thinking: `thinking` and `own_effort` in Anthropic's words."""

    thinking: Mapping[str, Any] | None
    own_effort: str | None
    effort: str | None  # OpenAI's
    max_tokens: int
    bound: bool  # a tool is forced, or a turn came without its thoughts: no budget is taken then


class Told(Struct, frozen=True):
    """`thinking` and `effort` as they are sent. `refused`: what was asked can't be had."""

    thinking: Mapping[str, Any] | None = None
    effort: str | None = None
    refused: bool = False

    @property
    def thinks(self) -> bool:
        return self.thinking is not None and self.thinking["type"] not in ("disabled", "between_tools")


def effort_said(thinking: Mapping[str, Any]) -> str:
    """The effort that `thinking` comes to, in OpenAI's words."""
    if thinking["type"] == "enabled":
        budget = thinking.get("budget_tokens") or 0
        return next((name for limit, name in EFFORT_UP_TO if budget <= limit), "high")
    return _EFFORT_OF.get(thinking["type"], "high")


def told(asked: Asked, facts: ModelFacts) -> Told:
    kept = asked.own_effort if facts.effort else None
    if asked.thinking and facts.takes(asked.thinking["type"]):
        return Told(asked.thinking, kept)
    if not asked.thinking and kept:
        return Told(effort=kept)  # effort alone: whether it thinks is up to the model
    effort = asked.effort or (effort_said(asked.thinking) if asked.thinking else asked.own_effort)
    if effort is None:
        return Told()
    if effort == "none":
        return _not_at_all(facts, kept)
    if facts.adaptive_thinking:
        display = {"display": "summarized"} if facts.hides_thoughts else {}
        return Told({"type": "adaptive", **display}, kept or _effort(effort, facts))
    budget = min(BUDGETS[effort], asked.max_tokens - MIN_BUDGET_TOKENS)
    if asked.bound or budget < MIN_BUDGET_TOKENS:  # or the cap leaves no room to think and to answer
        return Told(refused=True)
    return Told({"type": "enabled", "budget_tokens": budget}, kept)


def _effort(effort: str, facts: ModelFacts) -> str:
    return effort if effort == "xhigh" and facts.top_effort else _EFFORTS.get(effort, effort)


def _not_at_all(facts: ModelFacts, kept: str | None) -> Told:
    if facts.always_thinks:
        return Told(effort=kept or "low", refused=True)
    return Told({"type": facts.least_thinking} if facts.least_thinking else None, kept)
