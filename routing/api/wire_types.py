"""OpenAI's chat request as types: what is checked of it. Fields that are not here pass unchecked."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from routing.api.knob_wire import SignalboxFields
from routing.api.prompt_wire import PromptName, PromptRef

MAX_CHOICES = 8
MAX_MESSAGES = 10_000
MAX_TOOLS = 512
MAX_STOPS = 16
MAX_OUTPUT_TOKENS = 10_000_000
MAX_LABEL_CHARS = 512

# No control characters: names end up in headers, logs and columns, and PostgreSQL's text takes no NUL.
Label = Annotated[str, Meta(max_length=MAX_LABEL_CHARS, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Model = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x20\x7f]+\Z")]
ToolName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_.:-]{1,128}\Z")]
Tokens = Annotated[int, Meta(ge=1, le=MAX_OUTPUT_TOKENS)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]


class TextPart(Struct, tag_field="type", tag="text"):
    text: str


class RefusalPart(Struct, tag_field="type", tag="refusal"):
    refusal: str


class ImageUrl(Struct):
    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class ImagePart(Struct, tag_field="type", tag="image_url"):
    image_url: ImageUrl


class Audio(Struct):
    data: str
    format: Literal["wav", "mp3", "flac", "opus", "pcm16"]


class AudioPart(Struct, tag_field="type", tag="input_audio"):
    input_audio: Audio


class FilePart(Struct, tag_field="type", tag="file"):
    file: dict[str, Any]


class Function(Struct):
    name: ToolName
    arguments: str


class FunctionCall(Struct, tag_field="type", tag="function"):
    id: Annotated[str, Meta(min_length=1, max_length=256)]
    function: Function


class Custom(Struct):
    name: ToolName
    input: str


class CustomCall(Struct, tag_field="type", tag="custom"):
    id: Annotated[str, Meta(min_length=1, max_length=256)]
    custom: Custom


class SystemMessage(Struct, tag_field="role", tag="system"):
    content: str | list[TextPart]
    name: Label | None = None


class DeveloperMessage(Struct, tag_field="role", tag="developer"):
    content: str | list[TextPart]
    name: Label | None = None


UserParts = Annotated[list[TextPart | ImagePart | AudioPart | FilePart], Meta(min_length=1)]


class UserMessage(Struct, tag_field="role", tag="user"):
    content: str | UserParts
    name: Label | None = None


class AssistantMessage(Struct, tag_field="role", tag="assistant"):
    content: str | list[TextPart | RefusalPart] | None = None
    refusal: str | None = None
    name: Label | None = None
    reasoning_content: str | None = None
    tool_calls: Annotated[list[FunctionCall | CustomCall], Meta(max_length=MAX_TOOLS)] | None = None
    function_call: Function | None = None
    images: list[ImagePart] | None = None  # that it made, as some gateways have it


class ToolMessage(Struct, tag_field="role", tag="tool"):
    content: str | list[TextPart | ImagePart | FilePart]
    tool_call_id: Annotated[str, Meta(min_length=1, max_length=256)]


class FunctionMessage(Struct, tag_field="role", tag="function"):
    name: ToolName
    content: str | None = None


Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage


class FunctionSpec(Struct):
    name: ToolName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Struct, tag_field="type", tag="function"):
    function: FunctionSpec


class CustomTool(Struct, tag_field="type", tag="custom"):
    custom: dict[str, Any]


class Named(Struct):
    name: ToolName


class FunctionChoice(Struct, tag_field="type", tag="function"):
    function: Named


class CustomChoice(Struct, tag_field="type", tag="custom"):
    custom: Named


class AllowedTools(Struct):
    mode: Literal["auto", "required"]
    tools: list[dict[str, Any]]


class AllowedToolsChoice(Struct, tag_field="type", tag="allowed_tools"):
    allowed_tools: AllowedTools


class JsonSchema(Struct):
    name: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}\Z")]
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class TextFormat(Struct, tag_field="type", tag="text"):
    pass


class JsonObjectFormat(Struct, tag_field="type", tag="json_object"):
    pass


class JsonSchemaFormat(Struct, tag_field="type", tag="json_schema"):
    json_schema: JsonSchema


class StreamOptions(Struct):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ChatRequest(Struct):
    """The typed view of a request; the dict is what travels."""

    model: Model
    messages: Annotated[list[Message], Meta(max_length=MAX_MESSAGES)] = []  # none only beside a prompt
    prompt: PromptName | PromptRef | None = None
    variables: dict[str, Any] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_completion_tokens: Tokens | None = None
    max_tokens: Tokens | None = None
    n: Annotated[int, Meta(ge=1, le=MAX_CHOICES)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    seed: int | None = None
    stop: str | Annotated[list[str], Meta(max_length=MAX_STOPS)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    logit_bias: dict[str, float] | None = None
    tools: Annotated[list[FunctionTool | CustomTool], Meta(max_length=MAX_TOOLS)] | None = None
    tool_choice: (
        Literal["none", "auto", "required"] | FunctionChoice | CustomChoice | AllowedToolsChoice | None
    ) = None
    parallel_tool_calls: bool | None = None
    response_format: TextFormat | JsonObjectFormat | JsonSchemaFormat | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    modalities: list[Literal["text", "audio", "image"]] | None = None
    metadata: dict[str, Any] | None = None
    signalbox: SignalboxFields | None = None
    service_tier: Label | None = None
    user: Label | None = None
    safety_identifier: Label | None = None


# Known to OpenAI's dialect, and not checked here.
UNCHECKED_FIELDS = frozenset(
    (
        "audio",
        "function_call",
        "functions",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_retention",
        "store",
        "verbosity",
        "web_search_options",
    )
)
KNOWN_FIELDS = frozenset(field.name for field in msgspec.structs.fields(ChatRequest)) | UNCHECKED_FIELDS
