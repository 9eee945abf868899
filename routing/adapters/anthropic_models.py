"""What Anthropic's models take, read from their ids. An id that is not known is taken for a newer model.

A quirk of the target overrides: `thinking_budget` for a model that wants a number of tokens to think with,
`no_structured_outputs` for one that has no `output_config.format`, `no_sampling` for one that refuses
temperature and top_p.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_GENERATION = re.compile(r"claude-(?:([a-z]+)-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)")
_UNKNOWN = ("", 99, 0)
# Of each family the first that refuses a forced tool, and the first that can't but think.
_FREE_TOOLS = {"opus": (5, 5), "sonnet": (5, 5), "fable": (5, 1), "mythos": (5, 1)}
_ALWAYS_THINKS = {"opus": (5, 5), "fable": (5, 0), "mythos": (5, 0)}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    adaptive_thinking: bool  # thinks by `effort`; else by a budget of tokens
    structured_outputs: bool
    sampling: bool
    samples_twice: bool = False  # takes temperature and top_p together
    prefill: bool = True  # goes on with a last message of the assistant
    forced_tools: bool = True  # can be made to call some tool, or this one
    effort: bool = True  # takes `output_config.effort`
    top_effort: bool = True  # of `xhigh`; before, the next is `max`
    budgets: bool = False  # takes a budget of tokens, thinking adaptively too or not
    hides_thoughts: bool = False  # gives its thoughts without their words, unless these are asked for
    least_thinking: str = ""  # what says that it should not think; "" where not asking does
    always_thinks: bool = False

    def takes(self, thinking: str) -> bool:
        """Whether `thinking` may have this type."""
        match thinking:
            case "adaptive":
                return self.adaptive_thinking
            case "enabled":
                return self.budgets
            case "disabled":
                return self.least_thinking != "between_tools" and not self.always_thinks
        return thinking == self.least_thinking


@lru_cache(maxsize=1024)
def facts_of(upstream_id: str, quirks: frozenset[str]) -> ModelFacts:
    found = _GENERATION.search(upstream_id)
    family, major, minor = _UNKNOWN
    if found:
        family, major, minor = found.group(1) or "", int(found.group(2)), int(found.group(3) or 0)
    generation = (major, minor)
    adaptive = generation >= (4, 6) and "thinking_budget" not in quirks
    always = bool(found) and generation >= _ALWAYS_THINKS.get(family, _UNKNOWN[1:])
    return ModelFacts(
        adaptive_thinking=adaptive,
        structured_outputs=_structured(family, generation) and "no_structured_outputs" not in quirks,
        sampling=(not found or generation < (4, 7)) and "no_sampling" not in quirks,
        samples_twice=generation < (4, 1),
        prefill=not found or generation < (4, 6),
        forced_tools=not found or generation < _FREE_TOOLS.get(family, _UNKNOWN[1:]),
        effort=adaptive or (family, generation) == ("opus", (4, 5)),
        top_effort=generation >= (4, 7),
        budgets=not adaptive or not found or generation < (4, 7),
        hides_thoughts=bool(found) and generation >= (4, 7),
        least_thinking=_least_thinking(family, generation) if found and not always else "",
        always_thinks=always,
    )


def _structured(family: str, generation: tuple[int, int]) -> bool:
    return generation >= (4, 5) or (family, generation) == ("opus", (4, 1))


def _least_thinking(family: str, generation: tuple[int, int]) -> str:
    """Up to Claude 4 no model thinks unasked."""
    if generation < (5, 0):
        return ""
    return "between_tools" if family == "sonnet" and generation >= (5, 5) else "disabled"
