"""What the API answers with, as types for its description.

Answers are rendered elsewhere; these document them.
"""

from typing import Any, Literal

from msgspec import Struct


class AnswerMessage(Struct):
    role: Literal["assistant"]
    content: str | None
    refusal: str | None
    tool_calls: list[dict[str, Any]] | None = None


class Choice(Struct):
    index: int
    message: AnswerMessage
    finish_reason: str
    logprobs: dict[str, Any] | None = None


class UsageTotals(Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: dict[str, Any] | None = None
    completion_tokens_details: dict[str, Any] | None = None


class ChatCompletion(Struct):
    """A whole answer. What else a provider says is passed on."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: UsageTotals | None = None
    system_fingerprint: str | None = None


class ErrorDetail(Struct):
    """`code` is stable and listed in docs/errors.md; `message` is for people and may change."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorAnswer(Struct):
    error: ErrorDetail
