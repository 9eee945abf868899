"""Ollama's answers, whole or in steps, in OpenAI's terms. Every step has the shape of a whole answer."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from routing.adapters.contract import Usage
from routing.adapters.counts import count, word


class Answer:
    """Reads the steps of one answer: keeps its model, its usage, the numbers of its calls, and its end."""

    def __init__(self) -> None:
        self.model = ""
        self.usage = Usage()
        self.begun = False
        self.done = False
        self._created_at = ""  # for the names of calls that have no id
        self._calls = 0

    def step(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The choice of one step: {index, delta, logprobs, finish_reason}. Raises KeyError, TypeError or
        AttributeError where `answer` is none."""
        ends = answer.get("done") is True
        # Of a stream the last line may hold counts alone.
        message = (answer.get("message") or {}) if ends and self.begun else answer["message"]
        delta: dict[str, Any] = {} if self.begun else {"role": "assistant", "content": ""}
        if not self.begun:
            self.begun = True
            self.model = word(answer.get("model"))
            self._created_at = word(answer.get("created_at"))
        if message.get("content"):
            delta["content"] = "" + message["content"]
        if message.get("thinking"):
            delta["reasoning_content"] = "" + message["thinking"]
        if message.get("tool_calls"):
            delta["tool_calls"] = [self._call(call) for call in message["tool_calls"]]
        reason = self._finish(answer) if ends else None
        logprobs = _logprobs(answer.get("logprobs"))
        return {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": reason}

    def _finish(self, answer: Mapping[str, Any]) -> str:
        self.done = True
        self.usage = Usage(count(answer.get("prompt_eval_count")), count(answer.get("eval_count")))
        if answer.get("done_reason") == "length":
            return "length"
        return "tool_calls" if self._calls else "stop"

    def _call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """Calls come whole, so each is the next one."""
        function = call["function"]
        number = self._calls
        self._calls += 1
        arguments = msgspec.json.encode(function.get("arguments") or {}).decode()
        return {
            "index": number,
            "id": word(call.get("id")) or self._name(number),
            "type": "function",
            "function": {"name": function["name"], "arguments": arguments},
        }

    def _name(self, number: int) -> str:
        return f"call_{sha256(self._created_at.encode()).hexdigest()[:16]}_{number}"


def whole(choice: Mapping[str, Any]) -> dict[str, Any]:
    """One step that is the whole answer, as a choice with its message."""
    delta = choice["delta"]
    message: dict[str, Any] = {"role": "assistant", "content": delta["content"] or None, "refusal": None}
    if "reasoning_content" in delta:
        message["reasoning_content"] = delta["reasoning_content"]
    if "tool_calls" in delta:
        message["tool_calls"] = [
            {name: value for name, value in call.items() if name != "index"} for call in delta["tool_calls"]
        ]
    return {
        "index": 0,
        "message": message,
        "logprobs": choice["logprobs"],
        "finish_reason": choice["finish_reason"],
    }


def _logprobs(tokens: Any) -> dict[str, Any] | None:
    """OpenAI's log probabilities: each token with its likeliest rivals."""
    if not tokens:
        return None
    content = [
        {**_token(token), "top_logprobs": [_token(rival) for rival in token.get("top_logprobs") or ()]}
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _token(token: Mapping[str, Any]) -> dict[str, Any]:
    text = str(token.get("token") or "")
    return {"token": text, "logprob": token.get("logprob", -9999.0), "bytes": list(text.encode())}
