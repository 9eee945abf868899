"""Requests that say everything, with anything anywhere: refused, or such that every dialect writes them."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from routing.adapters import get
from routing.adapters.contract import Target
from routing.errors import InvalidRequest
from routing.surfaces.completions import COMPLETIONS
from routing.surfaces.contract import Surface
from routing.surfaces.messages import MESSAGES
from routing.surfaces.responses import RESPONSES
from routing.surfaces.seals import packed

TIMES = 1500
DIALECTS = (
    *("openai", "responses", "anthropic", "gemini", "bedrock", "mistral", "cohere", "ollama"),
    "completions",
)
TARGET = Target("https://llm.example.com/v1", "claude-opus-4-6", 5000)
ANYTHING: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**70, 1.5, "", "x", "text", "user", [], {}, [1], ["a"], [[]], {"a": 1}),
    *({"type": "text"}, {"type": ["x"]}, packed({}), packed({"thinking_blocks": {}}), "signalbox.1.?"),
)
MARK = {"cache_control": {"type": "ephemeral"}}
SEAL = packed({"reasoning_items": {"type": "reasoning", "id": "rs_1", "summary": []}})
PNG = "https://example.com/a.png"
MESSAGE = {
    "model": "m",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "Be brief.", **MARK}],
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "metadata": {"user_id": "anna", "task": "greet"},
    "service_tier": "auto",
    "stop_sequences": ["x"],
    "tools": [{"name": "f", "input_schema": {}, "strict": True, **MARK}],
    "tool_choice": {"type": "tool", "name": "f"},
    "messages": [
        {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": PNG}}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": SEAL},
                {"type": "redacted_thinking", "data": "d"},
                {"type": "tool_use", "id": "a", "name": "f", "input": {}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": True}]},
    ],
}
RESPONSE = {
    "model": "m",
    "instructions": "Be brief.",
    "input": [
        {"role": "user", "content": [{"type": "input_image", "image_url": PNG, "detail": "low"}]},
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": SEAL,
        },
        {"role": "assistant", "content": [{"type": "output_text", "text": "Yes"}]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "x"}]},
    ],
    "tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
    "text": {"format": {"type": "json_schema", "name": "a", "schema": {}}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "service_tier": "default",
    "metadata": {"tags": ["a"]},
}

COMPLETION = {
    "model": "m",
    "prompt": ["Once upon"],
    "suffix": "the end.",
    "max_tokens": 5,
    "logprobs": 2,
    "n": 2,
    "best_of": 2,
    "stop": ["x"],
    "logit_bias": {"50256": -100},
    "stream": True,
    "stream_options": {"include_usage": True},
    "metadata": {"tags": ["a"]},
    "top_k": 5,
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0):
        yield (*path, key)
        yield from places(value[key], (*path, key))


def spoilt(request: dict[str, Any], draw: random.Random) -> bytes:
    """The request with anything at one place."""
    *path, last = draw.choice(list(places(request)))
    changed: Any = copy.deepcopy(request)
    inner = changed
    for step in path:
        inner = inner[step]
    inner[last] = draw.choice(ANYTHING)
    return json.dumps(changed).encode()


@pytest.mark.parametrize(
    ("surface", "whole"), [(MESSAGES, MESSAGE), (RESPONSES, RESPONSE), (COMPLETIONS, COMPLETION)]
)
def test_what_is_not_refused_can_be_written_in_every_dialect(surface: Surface, whole: dict[str, Any]) -> None:
    draw = random.Random(surface.name)
    taken = 0
    for _ in range(TIMES):
        body = spoilt(whole, draw)
        try:
            read, _ = surface.read(body)
        except InvalidRequest:
            continue
        taken += 1
        for dialect in DIALECTS:
            assert get(dialect).prepare(read.request, TARGET, stream=False).body, body
    assert 0 < taken < TIMES
