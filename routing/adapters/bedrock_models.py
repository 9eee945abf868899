"""What the models behind Bedrock take, read from their ids.

An id is that of a model, of an inference profile (a region before it), or the ARN of either. The ARN of an
application's own profile names no model: it is taken for one that has everything but reasoning; the quirk
`claude` says that it is a Claude. A model that is not known is taken for a newer one.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from routing.adapters.anthropic_models import ModelFacts as ClaudeFacts
from routing.adapters.anthropic_models import facts_of as claude_facts_of

_NO_STRUCTURED_OUTPUTS = re.compile(
    r"nova|titan|llama|cohere\.|ai21\.|deepseek\.r1|mistral-7b|mixtral|mistral-(large|small)-240|pixtral"
)
_NO_FORCED_TOOL = re.compile(r"titan|llama|cohere\.|ai21\.|deepseek\.r1|mistral-7b|mixtral")
_NO_NAMED_TOOL = re.compile(r"mistral\.")
_CACHES = re.compile(r"claude|nova|application-inference-profile")
_CLAUDES_WITHOUT_STRUCTURED_OUTPUTS = re.compile(r"claude-opus-4-[178](?!\d)")
_NO_SAMPLING = re.compile(r"openai\.gpt-[5-9]")
_THINKS_BY_EFFORT = re.compile(r"openai\.gpt-")
_THINKS_BY_CONFIG = re.compile(r"deepseek\.v3|qwen3|kimi|glm")
_NOVA = re.compile(r"amazon\.nova")
_NOVA_THAT_THINKS = re.compile(r"amazon\.nova-(?:[2-9]|premier-[2-9])")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    thinking: str  # how reasoning is asked for: claude, effort, config, nova, or not at all ("")
    structured_outputs: bool
    sampling: bool
    samples_twice: bool  # takes temperature and top_p together
    top_k: bool
    any_tool: bool  # can be made to call some tool
    named_tool: bool  # can be made to call this one
    caches: bool
    caches_tools: bool
    claude: ClaudeFacts | None = None

    @property
    def is_claude(self) -> bool:
        return self.claude is not None


@lru_cache(maxsize=1024)
def facts_of(upstream_id: str, quirks: frozenset[str]) -> ModelFacts:
    if "claude" in quirks or "claude" in upstream_id:
        return _claude(upstream_id, quirks)
    any_tool = not _NO_FORCED_TOOL.search(upstream_id)
    structured = not _NO_STRUCTURED_OUTPUTS.search(upstream_id) and "no_structured_outputs" not in quirks
    return ModelFacts(
        thinking=_thinking(upstream_id),
        structured_outputs=structured,
        sampling=not _NO_SAMPLING.search(upstream_id) and "no_sampling" not in quirks,
        samples_twice=True,
        top_k=bool(_NOVA.search(upstream_id)),
        any_tool=any_tool,
        named_tool=any_tool and not _NO_NAMED_TOOL.search(upstream_id),
        caches=bool(_CACHES.search(upstream_id)),
        caches_tools=bool(_CACHES.search(upstream_id)) and not _NOVA.search(upstream_id),
    )


def _claude(upstream_id: str, quirks: frozenset[str]) -> ModelFacts:
    """Effort without adaptive thinking is a beta there, and so not asked for."""
    claude = claude_facts_of(upstream_id, quirks)
    return ModelFacts(
        thinking="claude",
        structured_outputs=claude.structured_outputs
        and not _CLAUDES_WITHOUT_STRUCTURED_OUTPUTS.search(upstream_id),
        sampling=claude.sampling,
        samples_twice=claude.samples_twice,
        top_k=True,
        any_tool=claude.forced_tools,
        named_tool=claude.forced_tools,
        caches=True,
        caches_tools=True,
        claude=replace(claude, effort=claude.adaptive_thinking),
    )


def _thinking(upstream_id: str) -> str:
    if _THINKS_BY_EFFORT.search(upstream_id):
        return "effort"
    if _THINKS_BY_CONFIG.search(upstream_id):
        return "config"
    return "nova" if _NOVA_THAT_THINKS.search(upstream_id) else ""
