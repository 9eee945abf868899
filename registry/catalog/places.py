"""Where a provider is, and what the sources of facts call it there: data, and the one place to add to.

Nothing is taken of Azure and of machines of one's own: there the customer names what is called, so an id says
nothing of the model behind it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from registry.core.endpoints import host_of


@dataclass(frozen=True, slots=True)
class Place:
    """`hosts` is the pattern of whole host names, with a group `region` where facts may differ by region;
    `seller` is the catalogue's id of it.

    `models_dev`: providers of models.dev. `litellm`: LiteLLM's provider and what it writes before an id.
    """

    name: str
    hosts: str
    seller: str = ""
    models_dev: tuple[str, ...] = ()
    litellm: tuple[tuple[str, str], ...] = ()

    def is_at(self, base_url: str) -> bool:
        return re.fullmatch(self.hosts, host_of(base_url)) is not None

    def ids_at(self, base_url: str, upstream_id: str) -> tuple[str, ...]:
        """By which it may be spoken of: its id, and that behind the region that the address names."""
        found = re.fullmatch(self.hosts, host_of(base_url))
        region = found.groupdict().get("region") if found else None
        return (upstream_id, f"{region}/{upstream_id}") if region else (upstream_id,)


_VERTEX = (
    "vertex_ai",
    "vertex_ai-language-models",
    "vertex_ai-embedding-models",
    "vertex_ai-anthropic_models",
    "vertex_ai-mistral_models",
    "vertex_ai-llama_models",
    "vertex_ai-deepseek_models",
    "vertex_ai-qwen_models",
    "vertex_ai-openai_models",
    "vertex_ai-zai_models",
)

PLACES = (
    Place("openai", r"(?:[a-z]+\.)?api\.openai\.com", "openai", ("openai",), (("openai", ""),)),
    Place("anthropic", r"api\.anthropic\.com", "anthropic", ("anthropic",), (("anthropic", ""),)),
    Place(
        "google",
        r"generativelanguage\.googleapis\.com",
        "google",
        ("google",),
        (("gemini", "gemini/"), ("gemini", "")),
    ),
    Place(
        "vertex",
        r"(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com",
        "google",
        ("google-vertex", "google-vertex-anthropic"),
        tuple((name, before) for name in _VERTEX for before in ("", "vertex_ai/")),
    ),
    Place(
        "aws",
        r"bedrock-runtime(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com",
        "aws",
        ("amazon-bedrock",),
        (("bedrock", ""), ("bedrock", "bedrock/"), ("bedrock_converse", "")),
    ),
    Place("mistral", r"api\.mistral\.ai", "mistral", ("mistral",), (("mistral", "mistral/"),)),
    Place(
        "cohere",
        r"api\.cohere\.(?:ai|com)",
        "cohere",
        ("cohere",),
        (("cohere_chat", ""), ("cohere", ""), ("cohere", "cohere/")),
    ),
    Place("groq", r"api\.groq\.com", "groq", ("groq",), (("groq", "groq/"),)),
    Place("cerebras", r"api\.cerebras\.ai", "cerebras", ("cerebras",), (("cerebras", "cerebras/"),)),
    Place(
        "deepseek",
        r"api\.deepseek\.com",
        "deepseek",
        ("deepseek",),
        (("deepseek", ""), ("deepseek", "deepseek/")),
    ),
    Place("x-ai", r"(?:[a-z0-9-]+\.)?api\.x\.ai", "x-ai", ("xai",), (("xai", "xai/"),)),
    Place("openrouter", r"openrouter\.ai", "openrouter", ("openrouter",)),
    Place(
        "together",
        r"api\.together\.(?:xyz|ai)",
        "together",
        ("togetherai",),
        (("together_ai", "together_ai/"),),
    ),
    Place(
        "fireworks",
        r"api\.fireworks\.ai",
        "fireworks",
        ("fireworks-ai",),
        (("fireworks_ai", "fireworks_ai/"),),
    ),
    Place(
        "perplexity", r"api\.perplexity\.ai", "perplexity", ("perplexity",), (("perplexity", "perplexity/"),)
    ),
    Place("novita", r"api\.novita\.ai", "novita", ("novita-ai",), (("novita", "novita/"),)),
    Place("moonshotai", r"api\.moonshot\.ai", "moonshotai", ("moonshotai",), (("moonshot", "moonshot/"),)),
    Place("zai", r"api\.z\.ai", "zai", ("zai",), (("zai", "zai/"),)),
    Place("minimax", r"api\.minimaxi?\.(?:io|com)", "minimax", ("minimax",), (("minimax", "minimax/"),)),
    Place(
        "ovhcloud",
        r"oai\.endpoints\.kepler\.ai\.cloud\.ovh\.net",
        "ovhcloud",
        ("ovhcloud",),
        (("ovhcloud", "ovhcloud/"),),
    ),
    Place("voyageai", r"api\.voyageai\.com", "voyageai", (), (("voyage", "voyage/"),)),
    Place("deepinfra", r"api\.deepinfra\.com", "", ("deepinfra",), (("deepinfra", "deepinfra/"),)),
    Place("sambanova", r"api\.sambanova\.ai", "", (), (("sambanova", "sambanova/"),)),
    Place("nvidia", r"integrate\.api\.nvidia\.com", "", ("nvidia",), (("nvidia_nim", "nvidia_nim/"),)),
    Place(
        "dashscope",
        r"dashscope-intl\.aliyuncs\.com",
        "",
        ("alibaba",),
        (("dashscope", "dashscope/"),),
    ),
    Place("scaleway", r"api\.scaleway\.ai", "", ("scaleway",), (("scaleway", "scaleway/"),)),
    Place(
        "nebius",
        r"api\.(?:studio\.nebius\.(?:ai|com)|tokenfactory\.nebius\.com)",
        "",
        ("nebius",),
        (("nebius", "nebius/"),),
    ),
)


def place_of(base_url: str) -> Place | None:
    """Where an address is; None where nobody's word is taken of what is called there."""
    return next((place for place in PLACES if place.is_at(base_url)), None)


def place_named(name: str) -> Place | None:
    """By the catalogue's id of a provider, of whose places the first counts, or by a name of this table."""
    return next((place for place in PLACES if name in (place.seller, place.name)), None)


def _by_litellm() -> Mapping[str, tuple[tuple[Place, str], ...]]:
    found: dict[str, tuple[tuple[Place, str], ...]] = {}
    for place in PLACES:
        for provider, before in place.litellm:
            found[provider] = (*found.get(provider, ()), (place, before))
    return MappingProxyType(found)


# LiteLLM's provider → where that is, with what it writes before an id.
BY_LITELLM = _by_litellm()
