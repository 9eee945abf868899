"""The format of models.dev (its api.json): providers, each with its models by id.

Its flags are there for every model, so one that is off is denied; a limit of 0 is one that nobody entered.
What an embedding model “puts out” is its dimensions there, which is left out by those who know what it does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.catalog.facts import Entry, Facts, Key
from registry.catalog.places import PLACES
from registry.catalog.plain import count_in, flag_in, texts_in

SOURCE = "models.dev"
FLAGS = {"tools": "tool_call", "reasoning": "reasoning", "json_schema": "structured_output"}


def is_so(data: Mapping[str, Any]) -> bool:
    """Whether it has the shape of this format."""
    return bool(data) and all(
        isinstance(provider, dict) and isinstance(provider.get("models"), dict) for provider in data.values()
    )


def entries_in(data: Mapping[str, Any]) -> Iterator[tuple[Key, Entry]]:
    for place in PLACES:
        for provider in place.models_dev:
            for upstream_id, said in data.get(provider, {}).get("models", {}).items():
                if isinstance(said, dict):
                    yield (place.name, upstream_id), Entry(f"{provider}/{upstream_id}", _facts(said))


def newest_in(data: Mapping[str, Any]) -> str:
    models = (said for provider in data.values() for said in provider["models"].values())
    days = (said.get("last_updated") for said in models if isinstance(said, dict))
    return max((day for day in days if isinstance(day, str)), default="")[:10]


def _facts(said: Mapping[str, Any]) -> Facts:
    limits = said.get("limit")
    limits = limits if isinstance(limits, dict) else {}
    return Facts(
        context_window_tokens=count_in(limits, "context"),
        max_output_tokens=count_in(limits, "output"),
        deprecated=said.get("status") == "deprecated",
        capabilities={**_flags(said), **_media(said.get("modalities"))},
    )


def _flags(said: Mapping[str, Any]) -> dict[str, bool]:
    found = ((capability, flag_in(said, key)) for capability, key in FLAGS.items())
    return {capability: has for capability, has in found if has is not None}


def _media(modalities: Any) -> dict[str, bool]:
    """Of a model that answers in text; of others this says nothing of what a chat could take."""
    modalities = modalities if isinstance(modalities, dict) else {}
    takes, gives = texts_in(modalities, "input"), texts_in(modalities, "output")
    if not takes or "text" not in gives:
        return {}
    return {"vision": "image" in takes, "audio": "audio" in takes + gives}
