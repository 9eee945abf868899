"""What single endpoints of OpenAI's family don't take, by their quirks: taken out of the body and listed.

Some refuse a request with such a field, others ignore it; either way the application must know.
"""

from collections.abc import Iterator
from typing import Any

from routing.adapters.fields import asks_nothing, speaker

QUIRKS = {
    "no_n": "gives one answer: no `n`",
    "no_seed": "has no `seed`",
    "no_logprobs": "has no `logprobs`, or calls for them in another way",
    "no_logit_bias": "has no `logit_bias`",
    "no_penalties": "has no `presence_penalty` and `frequency_penalty`",
    "no_tool_choice": "has no `tool_choice`",
    "no_parallel_tool_calls": "has no `parallel_tool_calls`",
    "no_json_schema": "has no `response_format: json_schema`",
    "no_names": "refuses names of participants",
    "no_image_urls": "takes images as data alone",
}
_FIELDS = {
    "no_n": ("n",),
    "no_seed": ("seed",),
    "no_logprobs": ("logprobs", "top_logprobs"),
    "no_logit_bias": ("logit_bias",),
    "no_penalties": ("presence_penalty", "frequency_penalty"),
    "no_tool_choice": ("tool_choice",),
    "no_parallel_tool_calls": ("parallel_tool_calls",),
}
_IN_MESSAGES = frozenset(("no_names", "no_image_urls"))


def take_out(body: dict[str, Any], quirks: frozenset[str]) -> tuple[str, ...]:
    """The paths of what was taken out of `body`. Its messages are copied where they change."""
    refused: list[str] = []
    for quirk in QUIRKS:
        if quirk not in quirks:
            continue
        for name in _FIELDS.get(quirk, ()):
            if name in body and not asks_nothing(name, body.pop(name)):
                refused.append(name)
    if "no_json_schema" in quirks and (body.get("response_format") or {}).get("type") == "json_schema":
        del body["response_format"]
        refused.append("response_format")
    if quirks & _IN_MESSAGES:
        body["messages"] = [
            _message(message, f"messages[{place}]", quirks, refused)
            for place, message in enumerate(body["messages"])
        ]
    return tuple(refused)


def _message(
    message: dict[str, Any], path: str, quirks: frozenset[str], refused: list[str]
) -> dict[str, Any]:
    if "no_names" in quirks and message.get("name") and message["role"] != "function":
        if speaker(message):
            refused.append(f"{path}.name")
        message = {name: value for name, value in message.items() if name != "name"}
    content = message.get("content")
    if "no_image_urls" in quirks and isinstance(content, list):
        gone = dict(_images_by_url(content, f"{path}.content"))
        refused.extend(gone.values())
        message = {**message, "content": [part for place, part in enumerate(content) if place not in gone]}
    return message


def _images_by_url(content: list[dict[str, Any]], path: str) -> Iterator[tuple[int, str]]:
    for place, part in enumerate(content):
        if part["type"] == "image_url" and not part["image_url"]["url"].startswith("data:"):
            yield place, f"{path}[{place}].image_url.url"
