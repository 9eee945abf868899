"""What the demo provider says: from a request to the parts of its answer."""

import itertools
from dataclasses import dataclass
from typing import Any

import msgspec

from signalbox.demo_provider.examples import example
from signalbox.demo_provider.faults import Faults, stripped, to_say
from signalbox.demo_provider.helping import help_with

MAX_ECHO_CHARS = 2000
BYTES_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 3
TOKENS_PER_IMAGE = 85
_encode = msgspec.json.Encoder().encode
_numbers = itertools.count(1)


class Message(msgspec.Struct):
    role: str
    content: Any = None


class ChatIn(msgspec.Struct):
    model: str
    messages: list[Message]
    stream: bool | None = False
    stream_options: dict[str, Any] | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    n: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def include_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.get("include_usage"))

    def instructions(self) -> str:
        first = self.messages[0] if self.messages else None
        return text_of(first) if first is not None and first.role == "system" else ""

    def last_user_text(self) -> str:
        return next((text_of(message) for message in reversed(self.messages) if message.role == "user"), "")


@dataclass(slots=True)
class Answer:
    """One choice, and what it is said to have cost."""

    model: str
    content: str | None
    reasoning: str
    tool_calls: list[dict[str, Any]]
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int

    def usage(self, choices: int = 1) -> dict[str, Any]:
        completion = self.completion_tokens * choices
        usage: dict[str, Any] = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        }
        if self.reasoning_tokens:
            usage["completion_tokens_details"] = {"reasoning_tokens": self.reasoning_tokens * choices}
        return usage


def answer(request: ChatIn, faults: Faults) -> Answer:
    calls = _tool_calls(request, faults.calls) if request.tools else []
    content = None if calls else _content(request, faults)
    spoken = (content or "") + "".join(call["function"]["arguments"] for call in calls)
    length = count_tokens(spoken)
    cap = request.max_completion_tokens or request.max_tokens
    finish = "tool_calls" if calls else "stop"
    reasoning_tokens = faults.reasoning
    if cap is not None and content is not None and length + reasoning_tokens > cap:
        reasoning_tokens = min(reasoning_tokens, cap)
        content = _cut(content, cap - reasoning_tokens)
        length, finish = cap - reasoning_tokens, "length"
    return Answer(
        model=faults.report_model or request.model,
        content=content,
        reasoning="Let me think. " if reasoning_tokens else "",
        tool_calls=calls,
        finish_reason=faults.finish or finish,
        prompt_tokens=sum(map(_prompt_tokens, request.messages)) + _size(request.tools),
        completion_tokens=length + reasoning_tokens,
        reasoning_tokens=reasoning_tokens,
    )


def count_tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def text_of(message: Message) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return " ".join(
        str(part.get("text", "")) for part in content if isinstance(part, dict) and "text" in part
    )


def _prompt_tokens(message: Message) -> int:
    tokens = TOKENS_PER_MESSAGE + count_tokens(text_of(message))
    if isinstance(message.content, list):
        images = sum(isinstance(part, dict) and part.get("type") == "image_url" for part in message.content)
        tokens += TOKENS_PER_IMAGE * images
    return tokens


def _size(tools: list[dict[str, Any]] | None) -> int:
    return -(-len(_encode(tools)) // BYTES_PER_TOKEN) if tools else 0


def _content(request: ChatIn, faults: Faults) -> str:
    if faults.finish == "content_filter" and not (faults.tokens or faults.chunks):
        return ""
    wished = to_say(request.model, request.last_user_text())
    if wished is not None:
        return wished
    helped = help_with(request.instructions(), request.last_user_text())
    if helped is not None:
        return helped
    said = stripped(request.last_user_text())
    wanted = (request.response_format or {}).get("type")
    if wanted == "json_schema":
        schema = ((request.response_format or {}).get("json_schema") or {}).get("schema") or {}
        return _encode(example(schema)).decode()
    if wanted == "json_object":
        return _encode({"model": request.model, "you_wrote": said[:MAX_ECHO_CHARS]}).decode()
    if faults.chunks:
        words = said.split()[:MAX_ECHO_CHARS] or ["word"]
        return " ".join(itertools.islice(itertools.cycle(words), faults.chunks))
    if faults.tokens:
        return ("word" * faults.tokens)[: faults.tokens * BYTES_PER_TOKEN]
    last = request.messages[-1] if request.messages else None
    if last is not None and last.role == "tool":
        return f"The tool answered: {text_of(last)[:MAX_ECHO_CHARS]}"
    return f"Hello from {request.model}, the demo provider. You wrote: {said[:MAX_ECHO_CHARS]}"


def _cut(text: str, tokens: int) -> str:
    return text.encode()[: tokens * BYTES_PER_TOKEN].decode(errors="ignore")


def _tool_calls(request: ChatIn, wanted: int) -> list[dict[str, Any]]:
    """Calls of the first tools (or of the one that is named), unless the tools have answered already."""
    if request.tool_choice == "none" or (request.messages and request.messages[-1].role == "tool"):
        return []
    functions = [tool["function"] for tool in request.tools or () if isinstance(tool.get("function"), dict)]
    if isinstance(request.tool_choice, dict):
        name = (request.tool_choice.get("function") or {}).get("name")
        functions = [function for function in functions if function.get("name") == name]
    if not functions:
        return []
    return [_call(function) for function in itertools.islice(itertools.cycle(functions), max(1, wanted))]


def _call(function: dict[str, Any]) -> dict[str, Any]:
    arguments = example(function.get("parameters") or {"type": "object"})
    return {
        "id": f"call_demo_{next(_numbers)}",
        "type": "function",
        "function": {"name": function.get("name", ""), "arguments": _encode(arguments or {}).decode()},
    }
