"""OpenAI's Responses request as types: what is checked of it. Fields that are not here pass unchecked."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from routing.api.knob_wire import SignalboxFields
from routing.api.wire_types import (
    MAX_MESSAGES,
    MAX_TOOLS,
    Audio,
    Label,
    Model,
    StreamOptions,
    TextFormat,
    Tokens,
    ToolName,
)

MAX_INCLUDED = 32
CallId = Annotated[str, Meta(min_length=1, max_length=256)]


class InputText(Struct, tag_field="type", tag="input_text"):
    text: str


class InputImage(Struct, tag_field="type", tag="input_image"):
    image_url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class InputFile(Struct, tag_field="type", tag="input_file"):
    file_id: str | None = None
    file_data: str | None = None
    filename: str | None = None


class InputAudio(Struct, tag_field="type", tag="input_audio"):
    input_audio: Audio


class OutputText(Struct, tag_field="type", tag="output_text"):
    text: str


class OutputRefusal(Struct, tag_field="type", tag="refusal"):
    refusal: str


class MessageItem(Struct, tag_field="type", tag="message"):
    """A message; `type` may be left out."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[InputText | InputImage | InputFile | InputAudio | OutputText | OutputRefusal]
    phase: str | None = None  # of what the model said


class FunctionCallItem(Struct, tag_field="type", tag="function_call"):
    call_id: CallId
    name: ToolName
    arguments: str


class FunctionOutputItem(Struct, tag_field="type", tag="function_call_output"):
    call_id: CallId
    output: str | list[InputText | InputImage | InputFile]


class CustomCallItem(Struct, tag_field="type", tag="custom_tool_call"):
    call_id: CallId
    name: ToolName
    input: str


class CustomOutputItem(Struct, tag_field="type", tag="custom_tool_call_output"):
    call_id: CallId
    output: str | list[InputText | InputImage | InputFile]


class Said(Struct):
    text: str


class ReasoningItem(Struct, tag_field="type", tag="reasoning"):
    """What was thought, as it was answered: sealed in `encrypted_content`, or only in its words."""

    summary: list[Said] = []
    content: list[Said] | None = None
    encrypted_content: str | None = None


Item = MessageItem | FunctionCallItem | FunctionOutputItem | CustomCallItem | CustomOutputItem | ReasoningItem


class FlatFunction(Struct, tag_field="type", tag="function"):
    name: ToolName
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    description: str | None = None


class FlatCustom(Struct, tag_field="type", tag="custom"):
    name: ToolName
    description: str | None = None
    format: dict[str, Any] | None = None


class FlatFunctionChoice(Struct, tag_field="type", tag="function"):
    name: ToolName


class FlatCustomChoice(Struct, tag_field="type", tag="custom"):
    name: ToolName


class FlatAllowedTools(Struct, tag_field="type", tag="allowed_tools"):
    mode: Literal["auto", "required"]
    tools: list[dict[str, Any]]


FlatChoice = FlatFunctionChoice | FlatCustomChoice | FlatAllowedTools


class FlatJsonObject(Struct, tag_field="type", tag="json_object"):
    pass


class FlatJsonSchema(Struct, tag_field="type", tag="json_schema"):
    name: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}\Z")]
    schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None


class TextConfig(Struct):
    format: TextFormat | FlatJsonObject | FlatJsonSchema | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Reasoning(Struct):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


class ResponsesRequest(Struct):
    """OpenAI's Responses request. Nothing is kept between requests: each carries its conversation."""

    model: Model
    input: str | Annotated[list[Item], Meta(min_length=1, max_length=MAX_MESSAGES)] | None = None
    instructions: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    store: bool | None = (
        None  # OpenAI's default is true, and some clients send it: nothing is kept all the same
    )
    max_output_tokens: Tokens | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: Annotated[list[FlatFunction | FlatCustom], Meta(max_length=MAX_TOOLS)] | None = None
    tool_choice: (
        Literal["none", "auto", "required"] | FlatFunctionChoice | FlatCustomChoice | FlatAllowedTools | None
    ) = None
    parallel_tool_calls: bool | None = None
    text: TextConfig | None = None
    reasoning: Reasoning | None = None
    include: Annotated[list[str], Meta(max_length=MAX_INCLUDED)] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    service_tier: str | None = None
    metadata: dict[str, Any] | None = None
    signalbox: SignalboxFields | None = None
    user: Label | None = None
    safety_identifier: Label | None = None
