"""Legacy choices as those of chat: a text becomes a message or a delta, and columns become steps."""

from typing import Any

from routing.adapters.contract import Completion, Usage
from routing.adapters.counts import word
from routing.adapters.openai_answer import finish_reason, read_usage
from routing.adapters.openai_stream import OpenAIStream

_NOT_EXTRA = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint"))


def completion_of(answer: dict[str, Any], request_id: str) -> Completion:
    """A whole answer. Raises TypeError, KeyError, AttributeError or ValueError for what is none."""
    return Completion(
        choices=tuple(_choice(choice, place) for place, choice in enumerate(answer["choices"])),
        usage=read_usage(answer.get("usage")) or Usage(),
        reported_model=word(answer.get("model")),
        response_id=word(answer.get("id")),
        fingerprint=word(answer.get("system_fingerprint")) or None,
        extra={name: answer[name] for name in answer if name not in _NOT_EXTRA},
        request_id=request_id,
    )


def _choice(choice: dict[str, Any], place: int) -> dict[str, Any]:
    choice["message"] = {"role": "assistant", "content": _text(choice)}
    choice["finish_reason"] = finish_reason(choice.get("finish_reason"))
    choice.setdefault("index", place)
    return choice


def _text(choice: dict[str, Any]) -> str:
    """The text, which is taken out, while log probabilities become chat's in place. Raises TypeError or
    KeyError where there is none."""
    text = choice.pop("text")
    if not isinstance(text, str):
        raise TypeError("a text that is none")
    choice["logprobs"] = steps(choice.get("logprobs"))
    return text


def steps(logprobs: Any) -> dict[str, Any] | None:
    """Chat's log probabilities. Servers that have them in chat's form already give them so."""
    if not isinstance(logprobs, dict):
        return None
    if "content" in logprobs:
        return dict(logprobs)
    tokens, chances = logprobs.get("tokens") or (), logprobs.get("token_logprobs") or ()
    tops = logprobs.get("top_logprobs") or [None] * len(tokens)
    content = [
        {
            "token": token,
            "logprob": chance,
            "bytes": None,
            "top_logprobs": [
                {"token": name, "logprob": value, "bytes": None} for name, value in (top or {}).items()
            ],
        }
        for token, chance, top in zip(tokens, chances, tops, strict=True)
    ]
    return {"content": content, "refusal": None} if content else None


class CompletionsStream(OpenAIStream):
    """OpenAI's stream, whose choices hold text."""

    __slots__ = ()

    def _choice(self, choice: dict[str, Any]) -> None:
        choice["delta"] = {"content": _text(choice)}
        super()._choice(choice)
