"""What Anthropic's models take, read from their ids. An id that is not known is taken for a newer model.

A quirk of the target overrides: `thinking_budget` for a model that wants a number of tokens to think with,
`no_structured_outputs` for one that has no `output_config.format`, `no_sampling` for one that refuses
temperature and top_p.
"""

import re
from dataclasses import dataclass

_GENERATION = re.compile(r"claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    adaptive_thinking: bool  # thinks by `effort`; else by a budget of tokens
    structured_outputs: bool
    sampling: bool


def facts_of(upstream_id: str, quirks: frozenset[str]) -> ModelFacts:
    found = _GENERATION.search(upstream_id)
    generation = (int(found.group(1)), int(found.group(2) or 0)) if found else (99, 0)
    return ModelFacts(
        adaptive_thinking=generation >= (4, 6) and "thinking_budget" not in quirks,
        structured_outputs=_structured(upstream_id, generation) and "no_structured_outputs" not in quirks,
        sampling=generation < (4, 7) and "no_sampling" not in quirks
        if found
        else "no_sampling" not in quirks,
    )


def _structured(upstream_id: str, generation: tuple[int, int]) -> bool:
    return generation >= (4, 5) or (generation == (4, 1) and "opus" in upstream_id)
