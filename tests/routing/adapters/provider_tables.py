"""The tables of docs/providers.md, made from the code.

`python -m tests.routing.adapters.provider_tables` writes them; test_provider_docs.py checks that
they are current.
"""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from signalbox.demo_provider.faults import Faults

from routing.adapters import get, names, operation, quirks
from routing.adapters.contract import Target
from routing.adapters.presets import PRESETS
from routing.core.operations import OTHERS

PAGE = Path(__file__).parents[3] / "docs" / "providers.md"
FAULTS = Path(__file__).parents[3] / "platform" / "signalbox" / "demo_provider" / "faults.py"
MODELS = {
    "openai": "gpt-4o",
    "responses": "gpt-4o",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash",
    "vertex": "gemini-2.5-flash",
    "bedrock": "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "mistral": "mistral-medium-latest",
    "cohere": "command-a-reasoning-08-2025",
    "ollama": "qwen3:8b",
    "completions": "davinci-002",
    "any-llm": "openai:gpt-4o",
}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}


def user(part: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "see"}, part]}]}


def picture(url: str) -> dict[str, Any]:
    return user({"type": "image_url", "image_url": {"url": url}})


PROBES: dict[str, dict[str, Any]] = {
    "system and developer messages": {"messages": [{"role": "developer", "content": "a"}]},
    "images by data URI": picture("data:image/png;base64,iVBORw0KGgo="),
    "images by https URL": picture("https://example.com/a.png"),
    "audio": user({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
    "PDF as data": user({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}),
    "files by id": user({"type": "file", "file": {"file_id": "file-1"}}),
    "names of participants": {"messages": [{"role": "user", "name": "ann", "content": "a"}]},
    "`tools`": {"tools": [TOOL]},
    "`tool_choice` (required, none, one by name)": {"tools": [TOOL], "tool_choice": "required"},
    "`parallel_tool_calls: false`": {"tools": [TOOL], "parallel_tool_calls": False},
    "`response_format: json_object`": {"response_format": {"type": "json_object"}},
    "`response_format: json_schema`": {"response_format": SCHEMA},
    "`stop`": {"stop": ["END"]},
    "`temperature`": {"temperature": 0.5},
    "`top_p`": {"top_p": 0.5},
    "`top_k`": {"top_k": 5},
    "`seed`": {"seed": 1},
    "`n`": {"n": 2},
    "`logprobs`": {"logprobs": True, "top_logprobs": 2},
    "`presence_penalty`, `frequency_penalty`": {"presence_penalty": 0.5, "frequency_penalty": 0.5},
    "`logit_bias`": {"logit_bias": {"1": 1}},
    "`reasoning_effort`": {"reasoning_effort": "low"},
    "`metadata` (ours taken out)": {"metadata": {"a": "b"}},
    "`prediction`, `verbosity`, `web_search_options`": {"verbosity": "low"},
    "unknown fields": {"no_such_field": 1},
}


def takes(dialect: str, probe: dict[str, Any]) -> str:
    request = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **probe}
    target = Target("https://provider.test/v1", MODELS[dialect], 16_384)
    return "listed" if get(dialect).prepare(request, target, stream=False).unsupported else "yes"


def field_table() -> str:
    lines = [f"| | {' | '.join(f'`{name}`' for name in names())} |", "|---|" + "---|" * len(names())]
    for title, probe in PROBES.items():
        lines.append(f"| {title} | {' | '.join(takes(dialect, probe) for dialect in names())} |")
    return "\n".join(lines)


def operation_table() -> str:
    """What is not chat, and which dialects do it."""
    lines = [f"| | {' | '.join(f'`{name}`' for name in names())} |", "|---|" + "---|" * len(names())]
    for title in sorted(OTHERS):
        does = ("yes" if operation(dialect, title) else "no" for dialect in names())
        lines.append(f"| {title} | {' | '.join(does)} |")
    return "\n".join(lines)


def quirk_table() -> str:
    lines = ["| dialect | quirk | such an endpoint |", "|---|---|---|"]
    lines += [
        f"| `{name}` | `{quirk}` | {words} |" for name in names() for quirk, words in quirks(name).items()
    ]
    return "\n".join(lines)


def preset_table() -> str:
    lines = ["| endpoint | dialect | `base_url` | quirks | worth knowing |", "|---|---|---|---|---|"]
    for preset in PRESETS:
        listed = ", ".join(f"`{quirk}`" for quirk in preset.quirks)
        lines.append(
            f"| {preset.title} | `{preset.dialect}` | `{preset.base_url}` | {listed} | {preset.note} |"
        )
    return "\n".join(lines).replace("|  |", "| |")


def directive_table() -> str:
    """The directives, with the comments that stand beside them in the code."""
    comments = dict(re.findall(r"^    (\w+): \w+ = .*?(?:  # (.*))?$", FAULTS.read_text(), re.MULTILINE))
    lines = ["| directive | what happens |", "|---|---|"]
    for item in fields(Faults):
        name = item.name if item.type is bool else f"{item.name}=…"
        lines.append(f"| `{name}` | {comments[item.name]} |")
    return "\n".join(lines)


def page() -> str:
    text = PAGE.read_text()
    tables = {
        "fields": field_table(),
        "operations": operation_table(),
        "quirks": quirk_table(),
        "presets": preset_table(),
        "directives": directive_table(),
    }
    for name, table in tables.items():
        text = re.sub(
            rf"(<!-- table: {name} -->\n).*?(<!-- end -->)",
            lambda found, table=table: f"{found[1]}{table}\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    PAGE.write_text(page())
