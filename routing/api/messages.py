"""POST /v1/messages and /v1/messages/count_tokens, as Anthropic's clients know them."""

import re
from typing import Any

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from routing import runtime as runtimes
from routing.api.allowance import anthropic_headers
from routing.api.base import AsyncAPIView
from routing.api.completions import CompletionView, read_ask
from routing.api.errors import ApiError
from routing.api.refusals import error_of
from routing.api.route import judged_only
from routing.core.decision import Plan
from routing.record import Judged
from routing.surfaces.messages import COUNT_TOKENS, MESSAGES

AROUND_TOKENS = 8
AROUND_TOOLS_TOKENS = 592  # the most that a model of its adds; to newest ones it adds half of that
_DATE = re.compile(r"20\d\d-\d\d-\d\d\Z")
OLDEST_VERSION = "2023-06-01"  # later ones took fields away or added some; all of them are taken here


class AnthropicView(AsyncAPIView):
    """What all of them share: the version that is spoken, and the request's id under Anthropic's name."""

    surface = MESSAGES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        said = request.META.get("HTTP_ANTHROPIC_VERSION", OLDEST_VERSION)
        if not _DATE.match(said) or said < OLDEST_VERSION:
            message = f"Versions since {OLDEST_VERSION} are spoken here."
            raise ApiError("invalid_request", message, param="anthropic-version")

    def sign(self, request: Request, response: HttpResponseBase) -> None:
        own = str(request._request.request_id)  # type: ignore[attr-defined]
        response["request-id"] = response.get("x-request-id", own)
        for name, value in anthropic_headers(response.headers).items():
            response[name] = value


class Messages(AnthropicView, CompletionView):
    """POST /v1/messages."""


class TokenCount(msgspec.Struct):
    """An estimate, which is a little above what current vocabularies make of the text."""

    input_tokens: int


class CountTokens(AnthropicView):
    """POST /v1/messages/count_tokens: decided as the message would be, and neither called nor recorded."""

    scope = "chat"
    decides = True

    async def post(self, request: Request) -> HttpResponse:
        judged = await judged_only(runtimes.get(), read_ask(request, COUNT_TOKENS))
        answer = TokenCount(tokens_of(judged))
        return HttpResponse(msgspec.json.encode(answer), content_type="application/json")


def tokens_of(judged: Judged) -> int:
    """Counted for the first that may serve. Raises ApiError where none may."""
    decision, facts = judged.decision, judged.facts
    if not isinstance(decision, Plan):
        raise error_of(decision, facts)
    first = next(candidate.deployment for candidate in decision.candidates if candidate.reason is None)
    bound = judged.release.deployments[first].image_tokens_bound
    return counted(facts.input_tokens, tools="tools" in facts.needs) + facts.images * bound


def counted(estimated: int, *, tools: bool) -> int:
    """The text as estimated, and what Anthropic adds of its own around a request, and to explain tools."""
    return estimated + AROUND_TOKENS + (AROUND_TOOLS_TOKENS if tools else 0)
