"""What a dialect that is not OpenAI's takes of a request: every field is either taken or listed.

A dialect calls `take` for each field that it can express and `refuse` for what it finds inside one and
can't. `unsupported()` lists both the refused paths and the fields that nobody took, so nothing is dropped in
silence. Values that ask for nothing (`n: 1`, `store: false`) need no one to take them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

# Read by the executor or the platform, whatever the dialect. `user` names whom the platform's budgets and
# records are about; it is passed on where the dialect has a place for it.
_ELSEWHERE = frozenset(
    (
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "user",
        "safety_identifier",
    )
)
BREAKPOINT = "prompt_cache_breakpoint"  # OpenAI's mark, on a part, of where what is cached ends
SEALED = "reasoning.encrypted_content"  # asked of Responses; other dialects seal their thoughts unasked
# What a turn of the model may hold of another dialect or provider: calls as they were before tools, sound by
# its id, and pictures that it made.
FOREIGN = ("function_call", "audio", "images")
MARKS = ("cache_control", BREAKPOINT)
_EFFORT_TWICE = frozenset(("thinking", "output_config"))
_decode = msgspec.json.Decoder().decode
_ASKS_NOTHING: Mapping[str, tuple[Any, ...]] = {
    "n": (1,),
    "store": (False,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "modalities": (["text"],),
    "service_tier": ("auto",),
    "tool_choice": ("auto",),
    "parallel_tool_calls": (True,),
    "response_format": ({"type": "text"},),
    "metadata": ({},),
    "verbosity": ("medium",),
    "include": ([SEALED],),
}
# What asks nothing of those who do not know the field: it is so with them.
_USUAL: Mapping[str, tuple[Any, ...]] = {
    "best_of": (1,),
    "echo": (False,),
    "min_p": (0,),
    "prompt_cache_key": ("",),
    "repetition_penalty": (1,),
    "safe_prompt": (False,),
    "service_tier": ("default",),
    "top_a": (0,),
    "usage": ({"include": True},),  # which is always told
}


def asks_nothing(name: str, value: Any) -> bool:
    """Whether the field asks for no more than leaving it out would give."""
    return value is None or value == [] or value in _ASKS_NOTHING.get(name, ())


def goes_unsaid(name: str, value: Any) -> bool:
    """Whether who does not know the field does as it asks."""
    return asks_nothing(name, value) or value in _USUAL.get(name, ())


class Fields:
    """One request on its way into another dialect."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._taken: set[str] = set()
        self._refused: list[str] = []

    def take(self, name: str) -> Any:
        """The value of a field that the dialect can express; None where it was not given or asks nothing."""
        value = self._request.get(name)
        if value is None:
            return None
        self._taken.add(name)
        return None if asks_nothing(name, value) else value

    def has(self, name: str) -> bool:
        """Whether the field was given, even if it asks for nothing."""
        return name in self._request

    def refuse(self, path: str) -> None:
        """Note that what is at `path` can't be expressed."""
        if path not in self._refused:
            self._refused.append(path)

    def refuse_given(self, holder: Mapping[str, Any], path: str, *names: str) -> None:
        """Note what `holder` has under `names`, which the dialect has no words for."""
        for name in names:
            if holder.get(name):
                self.refuse(f"{path}.{name}")

    def unsupported(self) -> tuple[str, ...]:
        twice = said_twice(self._request)
        left = [
            name
            for name, value in self._request.items()
            if name not in _ELSEWHERE
            and name not in self._taken
            and name not in twice
            and not goes_unsaid(name, value)
        ]
        return (*self._refused, *left)


def said_twice(request: Mapping[str, Any]) -> frozenset[str]:
    """Fields that need no one to take them: they say the effort beside them in Anthropic's words."""
    return _EFFORT_TWICE if "reasoning_effort" in request else frozenset()


def result_of(message: Mapping[str, Any]) -> Any:
    """What a tool gave back. Where the dialect has no mark for a failure it is said in words."""
    content = message["content"]
    if not message.get("is_error"):
        return content
    return f"Error: {content}" if isinstance(content, str) else [{"type": "text", "text": "Error:"}, *content]


def output_cap(request: Mapping[str, Any], max_output_tokens: int) -> int:
    """The lower of what the application asked and what was reserved."""
    asked = (request.get("max_completion_tokens"), request.get("max_tokens"), max_output_tokens)
    return min([value for value in asked if value is not None])


def end_user(request: Mapping[str, Any]) -> str:
    return str(request.get("safety_identifier") or request.get("user") or "")


def speaker(message: Mapping[str, Any]) -> str:
    """The name of the participant who speaks. A tool's result names the tool, as its call does already."""
    return "" if message["role"] in ("function", "tool") else str(message.get("name") or "")


def text_of(content: Any) -> str:
    """Text content as one string; parts that hold no text say nothing."""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in content or ())


def split_data_uri(uri: str) -> tuple[str, str] | None:
    """(media type, base64 data), or None where `uri` is no base64 data URI."""
    head, comma, data = uri.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    return head[5:-7].split(";")[0].lower(), data


def listed(stop: str | list[str] | None) -> list[str]:
    return [stop] if isinstance(stop, str) else list(stop or ())


def object_of(arguments: str) -> dict[str, Any]:
    """The arguments of a call as an object. Text that is none is passed as it was, under a name."""
    try:
        value = _decode(arguments or "{}")
    except (ValueError, RecursionError):
        return {"INVALID_JSON": arguments}
    return value if isinstance(value, dict) else {"INVALID_JSON": arguments}
