"""What the API's description says of the surfaces other than chat."""

from typing import Any, Literal

from msgspec import Struct

from routing.api.answer_types import UsageTotals
from routing.api.messages import TokenCount
from routing.api.openapi_parts import (
    ANSWER_HEADERS,
    EVENTS,
    JSON,
    OF_CHAT,
    answers,
    idempotency_key,
    json_body,
    labels,
    named,
    ref,
)
from routing.surfaces.completions_request import CompletionRequest
from routing.surfaces.messages_types import CountRequest, MessagesRequest
from routing.surfaces.responses_types import ResponsesRequest


class MessageAnswer(Struct):
    """Anthropic's message. What else a provider says is passed on."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[dict[str, Any]]
    stop_reason: str
    stop_sequence: str | None
    usage: dict[str, Any]


class ResponseAnswer(Struct):
    """OpenAI's response object. It repeats its request; `store` is always false."""

    id: str
    object: Literal["response"]
    created_at: int
    status: Literal["completed", "incomplete"]
    incomplete_details: dict[str, Any] | None
    model: str
    output: list[dict[str, Any]]
    usage: dict[str, Any] | None
    store: Literal[False]


class CompletionChoice(Struct):
    text: str
    index: int
    logprobs: dict[str, Any] | None
    finish_reason: str | None


class CompletionAnswer(Struct):
    """OpenAI's legacy completion. What else a provider says is passed on."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: UsageTotals | None = None
    system_fingerprint: str | None = None


class MessagesErrorDetail(Struct):
    """`type` is Anthropic's; `code` is ours, stable, and listed in docs/errors.md."""

    type: str
    message: str
    code: str
    param: str | None


class MessagesError(Struct):
    type: Literal["error"]
    error: MessagesErrorDetail


TYPES = (
    *(MessagesRequest, CountRequest, MessageAnswer, TokenCount, MessagesError),
    *(ResponsesRequest, ResponseAnswer),
    *(CompletionRequest, CompletionAnswer),
)


def paths() -> dict[str, Any]:
    return {
        "/v1/responses": _path(
            *("createResponse", "Complete a conversation in OpenAI's Responses, without state"),
            *("ResponsesRequest", "ResponseAnswer", "ErrorAnswer"),
        ),
        "/v1/completions": _path(
            *("createCompletion", "Go on with a text, as OpenAI's older clients ask for it"),
            *("CompletionRequest", "CompletionAnswer", "ErrorAnswer"),
        ),
        "/v1/messages": _path(
            *("createMessage", "Complete a conversation, as Anthropic's clients ask for it"),
            *("MessagesRequest", "MessageAnswer", "MessagesError"),
        ),
        "/v1/messages/count_tokens": {
            "post": {
                **named("countTokens", "Estimate the tokens of a conversation, without calling anything"),
                "parameters": labels(),
                "requestBody": json_body("CountRequest"),
                "responses": answers(
                    OF_CHAT, "The estimate.", {JSON: ref("TokenCount")}, error="MessagesError"
                ),
            }
        },
    }


def _path(operation: str, summary: str, body: str, answer: str, error: str) -> dict[str, Any]:
    content = {JSON: ref(answer), EVENTS: {"schema": {"type": "string"}}}
    meaning = "The answer, whole or (with `stream`) as events."
    return {
        "post": {
            **named(operation, summary),
            "parameters": [*labels(), idempotency_key()],
            "requestBody": json_body(body),
            "responses": answers(OF_CHAT, meaning, content, ANSWER_HEADERS, error=error),
        }
    }
