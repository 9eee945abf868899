"""OpenAI's legacy completion request as the chat request that the platform reads: one text of the user's.

Fields that are not known pass on, as they do in chat. What chat can't ask of any model is refused by name.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from routing.api.wire import refuse_invalid
from routing.api.wire_types import (
    MAX_CHOICES,
    MAX_MESSAGES,
    MAX_OUTPUT_TOKENS,
    MAX_STOPS,
    Label,
    Model,
    Penalty,
    StreamOptions,
)
from routing.errors import FieldUnsupported, InvalidRequest

DEFAULT_MAX_TOKENS = 16  # as OpenAI has it: a client that says nothing means this
MAX_LOGPROBS = 20
MAX_PROMPTS = 20
SEVERAL = "prompt[1]"  # as the path of what one request can't hold

Prompts = Annotated[list[str | int | list[int]], Meta(max_length=MAX_MESSAGES)]


class CompletionRequest(Struct):
    """The typed view of a request. Tokens for a prompt are read so that they can be refused by name."""

    model: Model
    prompt: str | Prompts = ""
    suffix: str | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=MAX_OUTPUT_TOKENS)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    n: Annotated[int, Meta(ge=1, le=MAX_CHOICES)] | None = None
    best_of: Annotated[int, Meta(ge=1, le=20)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: Annotated[int, Meta(ge=0, le=MAX_LOGPROBS)] | None = None
    echo: bool | None = None
    stop: str | Annotated[list[str], Meta(max_length=MAX_STOPS)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: dict[str, float] | None = None
    seed: int | None = None
    user: Label | None = None
    metadata: dict[str, Any] | None = None


_SAID_OTHERWISE = frozenset(("prompt", "max_tokens", "best_of", "logprobs", "echo"))
# Of chat alone: here they would change the conversation behind the prompt's back.
_OF_CHAT = ("messages", "variables", "max_completion_tokens", "top_logprobs", "tools", "functions")


def read_completion(request: dict[str, Any]) -> CompletionRequest:
    """The request, checked. Raises InvalidRequest."""
    if "model" not in request:
        raise InvalidRequest("Missing required parameter: 'model'.", "model")
    for name in _OF_CHAT:
        if name in request:
            raise FieldUnsupported(f"'{name}' belongs to chat completions.", name)
    try:
        typed = msgspec.convert(request, CompletionRequest)
    except msgspec.ValidationError as error:
        refuse_invalid(error)
    if typed.best_of is not None and typed.best_of != (typed.n or 1):
        raise FieldUnsupported("As many answers are made as are given: 'best_of' must equal 'n'.", "best_of")
    if typed.echo and typed.logprobs is not None:
        raise FieldUnsupported("A prompt that is echoed has no log probabilities.", "logprobs")
    return typed


def prompt_of(typed: CompletionRequest) -> str:
    """The one text that is to be completed. Raises FieldUnsupported for several, and for tokens."""
    if isinstance(typed.prompt, str):
        return typed.prompt
    if any(not isinstance(prompt, str) for prompt in typed.prompt):
        raise FieldUnsupported("Each vocabulary has tokens of its own: send the prompt as text.", "prompt")
    if not typed.prompt:
        raise FieldUnsupported("There is no prompt in the list.", "prompt")
    if len(typed.prompt) > 1:
        raise FieldUnsupported("Send one prompt in a request.", SEVERAL)
    return str(typed.prompt[0])


def prompts_of(typed: CompletionRequest) -> list[str]:
    """The texts of a list of several. Raises FieldUnsupported where they can't be answered together."""
    if len(typed.prompt) > MAX_PROMPTS:
        raise FieldUnsupported(f"At most {MAX_PROMPTS} prompts in a request.", f"prompt[{MAX_PROMPTS}]")
    if typed.stream:
        raise FieldUnsupported("Several prompts can't be answered by one stream.", "stream")
    return [prompt_of(msgspec.structs.replace(typed, prompt=[prompt])) for prompt in typed.prompt]


def chat_request(request: dict[str, Any], typed: CompletionRequest, prompt: str) -> dict[str, Any]:
    """The chat request that asks for the same."""
    chat = {name: value for name, value in request.items() if name not in _SAID_OTHERWISE}
    chat["messages"] = [{"role": "user", "content": prompt}]
    chat["max_tokens"] = typed.max_tokens or DEFAULT_MAX_TOKENS
    if typed.logprobs is not None:
        chat["logprobs"] = True
        chat["top_logprobs"] = typed.logprobs
    return chat
