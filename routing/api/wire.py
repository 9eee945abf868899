"""Reading a chat request: bytes in, `ChatBody` out, or InvalidRequest and nothing else, whatever the bytes.

The request stays the dict that the application wrote (nulls at the top dropped, our own labels taken out of
`metadata`), so that an OpenAI-compatible provider gets it as it was; the types only check it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

import msgspec

from routing.api.knob_wire import take_knobs
from routing.api.media import media_of
from routing.api.other_words import refuse_others, respell
from routing.api.prompt_wire import PromptCall, read_prompt
from routing.api.wire_types import (
    KNOWN_FIELDS,
    AssistantMessage,
    ChatRequest,
    FunctionTool,
    JsonObjectFormat,
    JsonSchemaFormat,
    Message,
    TextPart,
)
from routing.core.operations import CHAT
from routing.errors import InvalidRequest

MAX_DEPTH = 64
MAX_TAGS = 32
MAX_UNKNOWN_FIELDS = 64
LABELS = ("data_class", "task", "tags", "residency")
_PATH = re.compile(r"^(.*) - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)
_decode = msgspec.json.Decoder().decode
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class ChatBody:
    """A chat request, read. `request` is what goes to the provider, without our own labels."""

    operation: ClassVar[str] = CHAT
    request: dict[str, Any] = field(repr=False)
    model: str
    stream: bool
    include_usage: bool
    max_output_tokens: int | None  # as asked; None leaves it to the model
    n: int
    needs: tuple[str, ...]
    images: int
    documents: int  # of them, those whose length is not known until they are read
    text_bytes: int  # of all that becomes text tokens: messages, tools and schemas; pictures are not in it
    labels: dict[str, str]  # those of LABELS and the knobs, as the application wrote them
    end_user: str
    unknown: tuple[str, ...]
    messages: tuple[Message, ...] = field(repr=False)
    prompt: PromptCall | None = None

    def texts(self) -> Iterator[str]:
        """Every text of the conversation, for keyword rules: what was said, tool calls and their results."""
        for message in self.messages:
            content = message.content
            if isinstance(content, str):
                yield content
            elif content:
                for part in content:
                    if isinstance(part, TextPart):
                        yield part.text
            if isinstance(message, AssistantMessage) and message.tool_calls:
                for call in message.tool_calls:
                    yield call.function.arguments if hasattr(call, "function") else call.custom.input
        yield from self._values()

    def _values(self) -> Iterator[str]:
        """What the application said by way of its prompt."""
        for value in self.prompt.values.values() if self.prompt else ():
            yield from filter(_is_text, value if isinstance(value, list) else (value,))


def read_chat_request(body: bytes) -> ChatBody:
    """The request that `body` holds. Raises InvalidRequest, and nothing else."""
    return chat_body(read_object(body), size=len(body))


def chat_body(request: dict[str, Any], *, size: int) -> ChatBody:
    """A chat request that came in `size` bytes, checked. Raises InvalidRequest."""
    typed = _check(request)
    prompt = _take_prompt(request, typed)
    labels = {**_take_labels(request, typed), **take_knobs(request)}
    media = media_of(typed)
    names = sorted(request.keys() - KNOWN_FIELDS)
    return ChatBody(
        request=request,
        model=typed.model,
        stream=bool(typed.stream),
        include_usage=bool(typed.stream_options and typed.stream_options.include_usage),
        max_output_tokens=_cap(typed),
        n=typed.n or 1,
        needs=_needs(typed, images=media.images, audio=media.audio),
        images=media.images,
        documents=media.documents,
        text_bytes=max(0, size - media.size_bytes),
        labels=labels,
        end_user=typed.safety_identifier or typed.user or "",
        unknown=tuple(names),
        messages=tuple(typed.messages),
        prompt=prompt,
    )


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` is, within MAX_DEPTH, without nulls at the top. Raises InvalidRequest."""
    try:
        request = _decode(body)
    except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are ValueErrors
        _refuse("We could not parse the JSON body of your request: it is no valid JSON in UTF-8.")
    if not isinstance(request, dict):
        _refuse("The body of the request must be a JSON object.")
    # A nesting of more than MAX_DEPTH takes as many brackets, so most bodies need no walk.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _deeper_than(request, MAX_DEPTH):
        _refuse(f"The body of the request is nested deeper than {MAX_DEPTH} levels.")
    # A null, and an empty list of tools, ask for nothing; some providers refuse them.
    return {
        name: value
        for name, value in request.items()
        if value is not None and not (value == [] and name == "tools")
    }


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _check(request: dict[str, Any]) -> ChatRequest:
    if "prompt" in request:
        request.setdefault("messages", [])
    for name in ("messages", "model"):
        if name not in request:
            _refuse(f"Missing required parameter: '{name}'.", name)
    typed = _typed(request)
    check_travels(request, KNOWN_FIELDS)
    _check_tools(typed)
    return typed


def _typed(request: dict[str, Any]) -> ChatRequest:
    """Once more where it was in other words than OpenAI's."""
    try:
        return msgspec.convert(request, ChatRequest)
    except msgspec.ValidationError as error:
        if not respell(request):
            refuse_others(request)
            refuse_invalid(error)
    try:
        return msgspec.convert(request, ChatRequest)
    except msgspec.ValidationError as error:
        refuse_others(request)
        refuse_invalid(error)


def check_travels(request: dict[str, Any], known: frozenset[str]) -> None:
    """Raises InvalidRequest where the request can't go to a worker, or holds too much that is not known."""
    try:
        _pack(request)
    except (OverflowError, RecursionError, ValueError):
        _refuse("The body of the request holds an integer that does not fit 64 bits.")
    if len(request) - len(request.keys() & known) > MAX_UNKNOWN_FIELDS:
        _refuse(f"The request has more than {MAX_UNKNOWN_FIELDS} fields that are not known.")


def _take_prompt(request: dict[str, Any], typed: ChatRequest) -> PromptCall | None:
    """The prompt that is asked for, which the request goes on to hold in one form."""
    prompt = read_prompt(typed.prompt, typed.variables)
    if prompt is None:
        if not typed.messages:
            _refuse("Invalid value for 'messages': Expected `array` of length >= 1.", "messages")
        return None
    request.pop("variables", None)
    request["prompt"] = {"id": prompt.name, "version": prompt.version, "variables": prompt.values}
    return prompt


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _check_tools(typed: ChatRequest) -> None:
    if typed.tool_choice not in (None, "none", "auto") and not typed.tools:
        _refuse("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
    names = [tool.function.name for tool in typed.tools or () if isinstance(tool, FunctionTool)]
    if len(names) != len(set(names)):
        _refuse("Invalid 'tools': two functions have the same name.", "tools")
    if typed.top_logprobs is not None and not typed.logprobs:
        _refuse("'top_logprobs' is only allowed when 'logprobs' is true.", "top_logprobs")
    if typed.stream_options is not None and not typed.stream:
        _refuse("'stream_options' is only allowed when 'stream' is true.", "stream_options")


def _refuse(message: str, param: str | None = None) -> NoReturn:
    raise InvalidRequest(message, param)


def refuse_invalid(error: msgspec.ValidationError, at: str = "") -> NoReturn:
    """In OpenAI's words, with the path of what is wrong as `param`; `at` is the path of what was checked."""
    found = _PATH.match(str(error))
    if not found and not at:
        _refuse(f"Invalid request: {error}.")
    problem, path = (found.group(1), found.group(2)) if found else (str(error), "")
    path = at + ("." if at and path and not path.startswith("[") else "") + path
    _refuse(f"Invalid value for '{path}': {problem}."[:1000], path)


def _take_labels(request: dict[str, Any], typed: ChatRequest) -> dict[str, str]:
    """Our own labels, taken out of `metadata`; what is left of it stays in the request."""
    metadata = typed.metadata
    if not metadata:
        return {}
    labels = {name: _label(name, metadata[name]) for name in LABELS if metadata.get(name) is not None}
    rest = {name: value for name, value in metadata.items() if name not in LABELS}
    if rest:
        request["metadata"] = rest
    else:
        del request["metadata"]
    return labels


def _label(name: str, value: Any) -> str:
    if name == "tags" and isinstance(value, list) and all(isinstance(tag, str) for tag in value):
        value = ",".join(value)
    if not isinstance(value, str) or len(value) > 512 or not value.isprintable():
        _refuse(f"Invalid 'metadata.{name}': expected a printable string.", f"metadata.{name}")
    if name == "tags" and value.count(",") >= MAX_TAGS:
        _refuse(f"Invalid 'metadata.tags': more than {MAX_TAGS} tags.", "metadata.tags")
    return value


def _cap(typed: ChatRequest) -> int | None:
    given = [cap for cap in (typed.max_completion_tokens, typed.max_tokens) if cap is not None]
    return min(given) if given else None


def _needs(typed: ChatRequest, *, images: int, audio: bool) -> tuple[str, ...]:
    """The capabilities that a model must have to serve this, sorted."""
    wanted = {
        "audio": audio,
        "json_object": isinstance(typed.response_format, JsonObjectFormat),
        "json_schema": isinstance(typed.response_format, JsonSchemaFormat),
        "logprobs": bool(typed.logprobs),
        "parallel_tools": bool(typed.tools and typed.parallel_tool_calls),
        "reasoning": typed.reasoning_effort not in (None, "none"),
        "seed": typed.seed is not None,
        "streaming": bool(typed.stream),
        "tools": bool(typed.tools),
        "vision": images > 0,
    }
    return tuple(name for name, needed in wanted.items() if needed)
