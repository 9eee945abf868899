"""An answer with other words in it, as a person releases it. Pure."""

import json
from typing import Any


def words_of(answer: bytes) -> str | None:
    """The text of a chat answer's one choice; None where it has several, calls tools, or says nothing."""
    choices = json.loads(answer)["choices"]
    message = choices[0]["message"] if len(choices) == 1 else {}
    text = message.get("content")
    if message.get("tool_calls") or message.get("function_call") or not isinstance(text, str):
        return None
    return text


def with_words(answer: bytes, text: str) -> bytes:
    """The answer with `text` for its one choice's; what the model thought or cited meanwhile goes with its
    words."""
    value: dict[str, Any] = json.loads(answer)
    (choice,) = value["choices"]
    message = {"role": "assistant", "content": text}
    kept = {"index": choice.get("index", 0), "message": message, "logprobs": None, "finish_reason": "stop"}
    value["choices"] = [kept]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
