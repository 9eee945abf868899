"""The format of LiteLLM (model_prices_and_context_window.json): ids, some behind the provider's name.

A flag that is absent is unknown; the legacy `max_tokens` says nothing. How much goes in at most
(`max_input_tokens`) is another thing than the context window, and the registry has no place for it. What is
called `deprecation_date` holds the day on which the provider turns it off.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.catalog.facts import Entry, Facts, Key
from registry.catalog.places import BY_LITELLM
from registry.catalog.plain import count_in, day_in, flag_in

SOURCE = "LiteLLM"
FLAGS = {
    "tools": "supports_function_calling",
    "parallel_tools": "supports_parallel_function_calling",
    "vision": "supports_vision",
    "json_schema": "supports_response_schema",
    "reasoning": "supports_reasoning",
    "streaming": "supports_native_streaming",
}
SOUND = ("supports_audio_input", "supports_audio_output")
# What it does, where that is not a chat.
OPERATIONS = {
    "embedding": "embeddings",
    "moderation": "moderations",
    "image_generation": "images",
    "audio_transcription": "transcriptions",
    "audio_speech": "speech",
}


def is_so(data: Mapping[str, Any]) -> bool:
    """Whether it has the shape of this format; an entry or another may be a legend of it."""
    return any(isinstance(said, dict) and "litellm_provider" in said for said in data.values())


def entries_in(data: Mapping[str, Any]) -> Iterator[tuple[Key, Entry]]:
    for name, said in data.items():
        provider = said.get("litellm_provider") if isinstance(said, dict) else None
        for place, before in BY_LITELLM.get(provider, ()) if isinstance(provider, str) else ():
            if name.startswith(before):
                yield (place.name, name.removeprefix(before)), Entry(name, _facts(said))


def _facts(said: Mapping[str, Any]) -> Facts:
    operation = OPERATIONS.get(str(said.get("mode")))
    found = {capability: flag_in(said, key) for capability, key in FLAGS.items()}
    sound = [flag_in(said, key) for key in SOUND]
    found["audio"] = True if True in sound else False if sound == [False, False] else None
    return Facts(
        max_output_tokens=count_in(said, "max_output_tokens") if operation is None else None,
        retires_on=day_in(said, "deprecation_date"),
        capabilities={
            **{capability: has for capability, has in found.items() if has is not None},
            **({operation: True} if operation else {}),
        },
    )
