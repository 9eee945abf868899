"""Anthropic's messages request as types: what is checked of it. Fields that are not here pass unchecked."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from routing.api.knob_wire import SignalboxFields
from routing.api.wire_types import MAX_MESSAGES, MAX_STOPS, MAX_TOOLS, Label, Model, Tokens, ToolName

CallId = Annotated[str, Meta(min_length=1, max_length=256)]


class CacheControl(Struct):
    type: Literal["ephemeral"]
    ttl: str | None = None


class TextBlock(Struct, tag_field="type", tag="text"):
    text: str
    cache_control: CacheControl | None = None


class Base64Source(Struct, tag_field="type", tag="base64"):
    media_type: str
    data: str


class UrlSource(Struct, tag_field="type", tag="url"):
    url: str


class TextSource(Struct, tag_field="type", tag="text"):
    data: str
    media_type: str = "text/plain"


class FileSource(Struct, tag_field="type", tag="file"):
    file_id: str


class ImageBlock(Struct, tag_field="type", tag="image"):
    source: Base64Source | UrlSource
    cache_control: CacheControl | None = None


class DocumentBlock(Struct, tag_field="type", tag="document"):
    source: Base64Source | TextSource | FileSource
    title: str | None = None
    context: str | None = None
    cache_control: CacheControl | None = None


class ToolUseBlock(Struct, tag_field="type", tag="tool_use"):
    id: CallId
    name: ToolName
    input: dict[str, Any]
    cache_control: CacheControl | None = None


class ToolResultBlock(Struct, tag_field="type", tag="tool_result"):
    tool_use_id: CallId
    content: str | list[TextBlock | ImageBlock | DocumentBlock] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None


class ThinkingBlock(Struct, tag_field="type", tag="thinking"):
    thinking: str
    signature: str = ""


class RedactedThinkingBlock(Struct, tag_field="type", tag="redacted_thinking"):
    data: str


UserBlock = TextBlock | ImageBlock | DocumentBlock | ToolResultBlock
AssistantBlock = TextBlock | ToolUseBlock | ThinkingBlock | RedactedThinkingBlock


class UserTurn(Struct, tag_field="role", tag="user"):
    content: str | Annotated[list[UserBlock], Meta(min_length=1)]


class AssistantTurn(Struct, tag_field="role", tag="assistant"):
    content: str | list[AssistantBlock]


class SystemTurn(Struct, tag_field="role", tag="system"):
    content: str | list[TextBlock]


Turn = UserTurn | AssistantTurn | SystemTurn


class MessagesTool(Struct):
    """`type` is "custom" where it is given: tools that Anthropic runs itself are not offered."""

    name: ToolName
    input_schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None
    type: Literal["custom"] | None = None
    cache_control: CacheControl | None = None


class AutoChoice(Struct, tag_field="type", tag="auto"):
    disable_parallel_tool_use: bool | None = None


class AnyChoice(Struct, tag_field="type", tag="any"):
    disable_parallel_tool_use: bool | None = None


class ToolChoice(Struct, tag_field="type", tag="tool"):
    name: ToolName
    disable_parallel_tool_use: bool | None = None


class NoChoice(Struct, tag_field="type", tag="none"):
    pass


class ThinkingEnabled(Struct, tag_field="type", tag="enabled"):
    budget_tokens: Annotated[int, Meta(ge=1)]


class ThinkingAdaptive(Struct, tag_field="type", tag="adaptive"):
    pass


class ThinkingDisabled(Struct, tag_field="type", tag="disabled"):
    pass


class ThinkingBetweenTools(Struct, tag_field="type", tag="between_tools"):
    pass


Thinking = ThinkingEnabled | ThinkingAdaptive | ThinkingBetweenTools | ThinkingDisabled


class OutputFormat(Struct):
    type: Literal["json_schema"]
    schema: dict[str, Any]


class OutputConfig(Struct):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: OutputFormat | None = None


class MessagesMetadata(Struct):
    """Our own labels may stand here too: `data_class`, `task`, `tags`, `residency`."""

    user_id: Label | None = None


class CountRequest(Struct):
    """What of a request is counted."""

    model: Model
    messages: Annotated[
        list[UserTurn | AssistantTurn | SystemTurn], Meta(min_length=1, max_length=MAX_MESSAGES)
    ]
    system: str | list[TextBlock] | None = None
    tools: Annotated[list[MessagesTool], Meta(max_length=MAX_TOOLS)] | None = None
    tool_choice: AutoChoice | AnyChoice | ToolChoice | NoChoice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    output_format: OutputFormat | None = None
    cache_control: CacheControl | None = None


class MessagesRequest(CountRequest, kw_only=True):
    """Anthropic's messages request."""

    max_tokens: Tokens
    stream: bool | None = None
    stop_sequences: Annotated[list[str], Meta(max_length=MAX_STOPS)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    metadata: MessagesMetadata | None = None
    signalbox: SignalboxFields | None = None
