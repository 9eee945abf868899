"""Gemini's answers, whole or in steps, in OpenAI's terms. Every step has the shape of a whole answer."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from routing.adapters.contract import ProviderError, Usage
from routing.adapters.counts import count, part, word

# Gateways say FUNCTION_CALL where Google says STOP.
_FINISH_REASONS = {"STOP": "stop", "FUNCTION_CALL": "stop", "MAX_TOKENS": "length"}
# Google's gateways can be asked to tell enumerations by number: these are the same at Gemini and at Vertex.
_NUMBERED_REASONS: Mapping[Any, str] = {0: "FINISH_REASON_UNSPECIFIED", 1: "STOP", 2: "MAX_TOKENS"}
_NUMBERED_MODALITIES = {"IMAGE": 2, "AUDIO": 4}
_BROKEN = frozenset(
    ("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE")
)


class Candidates:
    """Reads the steps of one answer: keeps its id, the numbers of its calls, and who is finished.

    What came `whole` in one piece with its counts is over, also where it doesn't say why (older models).
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._name = ""  # of the answer, for calls that have no id
        self.response_id = ""
        self.model = ""
        self.open: dict[int, bool] = {}  # index of a candidate that began → it has no finish reason yet
        self._calls: dict[int, int] = {}
        self._counts: Mapping[str, Any] = {}  # every step has a running count; the last is read

    @property
    def usage(self) -> Usage | None:
        return read_usage(self._counts) if self._counts else None

    @property
    def finished(self) -> bool:
        return bool(self.open) and not any(self.open.values())

    def step(self, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The choices of one step: {index, delta, logprobs, finish_reason}. Raises KeyError, TypeError or
        AttributeError where `answer` is none, ProviderError where the model's output was broken."""
        self.response_id = self.response_id or word(answer.get("responseId"))
        if not self._name:
            self._name = self.response_id or sha256(msgspec.json.encode(answer)).hexdigest()[:16]
        self.model = self.model or word(answer.get("modelVersion"))
        self._counts = part(answer, "usageMetadata") or self._counts
        candidates = answer.get("candidates")
        if candidates:
            return [self._choice(candidate, place) for place, candidate in enumerate(candidates)]
        feedback = part(answer, "promptFeedback")
        return [self._blocked(feedback)] if feedback.get("blockReason") else []

    def _blocked(self, feedback: Mapping[str, Any]) -> dict[str, Any]:
        """The filter refused the question: an answer that says so, since what it cost is known."""
        self.open[0] = False
        told = f"The provider blocked the request: {feedback['blockReason']}."
        why = word(feedback.get("blockReasonMessage"))
        delta = {"role": "assistant", "refusal": f"{told} {why}" if why else told}
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": "content_filter"}

    def _choice(self, candidate: Mapping[str, Any], place: int) -> dict[str, Any]:
        index = int(candidate.get("index", place))
        delta: dict[str, Any] = {} if index in self.open else {"role": "assistant", "content": ""}
        parts = (candidate.get("content") or {}).get("parts") or []
        for piece in parts:
            if piece.get("text"):
                kind = "reasoning_content" if piece.get("thought") else "content"
                delta[kind] = delta.get(kind, "") + piece["text"]
            if "functionCall" in piece:
                delta.setdefault("tool_calls", []).append(self._call(piece, index))
            if "inlineData" in piece and not piece.get("thought"):
                delta.setdefault("images", []).extend(_pictures(piece["inlineData"]))
        # Behind code that the provider runs a candidate goes on, though it said that it had stopped.
        speaks = any(piece.get("text", "more") for piece in parts)
        reason = self._finish(candidate, index, speaks=speaks)
        return {
            "index": index,
            "delta": delta,
            "logprobs": _logprobs(candidate.get("logprobsResult")),
            "finish_reason": reason,
        }

    def _finish(self, candidate: Mapping[str, Any], index: int, *, speaks: bool) -> str | None:
        said = candidate.get("finishReason")
        said = _NUMBERED_REASONS.get(said, said)
        if said in (None, "", "FINISH_REASON_UNSPECIFIED"):
            said = "STOP" if self._whole and speaks and self._counts else None
        if said is None:
            self.open[index] = speaks or self.open.get(index, True)
            return None
        if said in _BROKEN:
            message = str(candidate.get("finishMessage") or f"The model's output was broken: {said}.")
            raise ProviderError(message, kind="error", retryable=True, status=200, code=said)
        self.open[index] = False
        reason = _FINISH_REASONS.get(said, "content_filter")
        return "tool_calls" if reason == "stop" and self._calls.get(index) else reason

    def _call(self, piece: Mapping[str, Any], index: int) -> dict[str, Any]:
        function = piece["functionCall"]
        number = self._calls.get(index, 0)
        self._calls[index] = number + 1
        call: dict[str, Any] = {
            "index": number,
            "id": function.get("id") or f"call_{self._name}_{index}_{number}",
            "type": "function",
            "function": {
                "name": function["name"],
                "arguments": msgspec.json.encode(function.get("args") or {}).decode(),
            },
        }
        if piece.get("thoughtSignature"):
            call["extra_content"] = {"google": {"thought_signature": piece["thoughtSignature"]}}
        return call


def _pictures(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A picture that the model made, under the name that other gateways gave such: OpenAI's chat has none."""
    media_type = str(data.get("mimeType") or "")
    if not media_type.startswith("image/"):
        return []
    return [{"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data['data']}"}}]


def merged(steps: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Whole choices, from all the steps of an answer."""
    choices: dict[int, dict[str, Any]] = {}
    for step in steps:
        choice = choices.setdefault(step["index"], _empty(step["index"]))
        message, delta = choice["message"], step["delta"]
        for name in ("content", "reasoning_content", "refusal"):
            if delta.get(name):
                message[name] = (message.get(name) or "") + delta[name]
        if delta.get("images"):
            message.setdefault("images", []).extend(delta["images"])
        for call in delta.get("tool_calls", ()):
            whole = {name: value for name, value in call.items() if name != "index"}
            message.setdefault("tool_calls", []).append(whole)
        choice["logprobs"] = step["logprobs"] or choice["logprobs"]
        choice["finish_reason"] = step["finish_reason"] or choice["finish_reason"]
    return tuple(choices[index] for index in sorted(choices))


def _empty(index: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    return {"index": index, "message": message, "logprobs": None, "finish_reason": None}


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Gemini counts thoughts beside the candidates, and what tools of its own read beside the prompt."""
    prompt, total = count(usage.get("promptTokenCount")), count(usage.get("totalTokenCount"))
    said, thought = count(usage.get("candidatesTokenCount")), count(usage.get("thoughtsTokenCount"))
    if prompt is not None:
        prompt += count(usage.get("toolUsePromptTokenCount")) or 0
    if said is None and thought is None:
        output = max(0, total - prompt) if total is not None and prompt is not None else None
    else:
        output = (said or 0) + (thought or 0)
    return Usage(
        input_tokens=prompt,
        output_tokens=output,
        cache_read_tokens=count(usage.get("cachedContentTokenCount")),
        reasoning_tokens=thought,
        input_audio_tokens=_of_modality("AUDIO", usage.get("promptTokensDetails")),
        output_audio_tokens=_of_modality("AUDIO", usage.get("candidatesTokensDetails")),
        input_image_tokens=_of_modality("IMAGE", usage.get("promptTokensDetails")),
        output_image_tokens=_of_modality("IMAGE", usage.get("candidatesTokensDetails")),
    )


def _of_modality(modality: str, details: Any) -> int | None:
    """Of Gemini's counts by modality that of one; None where it counts none."""
    for one in details if isinstance(details, list) else ():
        if isinstance(one, dict) and one.get("modality") in (modality, _NUMBERED_MODALITIES[modality]):
            return count(one.get("tokenCount"))
    return None


def _logprobs(result: Any) -> dict[str, Any] | None:
    """OpenAI's log probabilities: the chosen token with its likeliest rivals."""
    if not result:
        return None
    rivals = result.get("topCandidates") or []
    content = []
    for place, chosen in enumerate(result.get("chosenCandidates") or ()):
        top = rivals[place].get("candidates", []) if place < len(rivals) else []
        content.append({**_token(chosen), "top_logprobs": [_token(rival) for rival in top]})
    return {"content": content, "refusal": None}


def _token(candidate: Mapping[str, Any]) -> dict[str, Any]:
    token = str(candidate.get("token") or "")
    return {
        "token": token,
        "logprob": candidate.get("logProbability", -9999.0),
        "bytes": list(token.encode()),
    }
