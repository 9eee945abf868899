"""POST /v1/completions. Several prompts are as many requests, each with its own record, and one answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from audit.core.ids import uuid7
from routing import runtime as runtimes
from routing.api import replays
from routing.api.completions import CompletionView, answer, begin, read_ask
from routing.api.errors import ApiError
from routing.api.labels import read_idempotency_key
from routing.ask import Ask
from routing.errors import InvalidRequest
from routing.runtime import Runtime
from routing.surfaces.completions import COMPLETIONS, SEVERAL, one_of

COST, ATTEMPTS, REQUESTS = "x-signalbox-cost-usd", "x-signalbox-attempts", "x-signalbox-requests"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class LegacyCompletions(CompletionView):
    surface = COMPLETIONS

    async def post(self, request: Request) -> HttpResponseBase:
        try:
            return await super().post(request)
        except ApiError as error:
            if error.param != SEVERAL:
                raise
        try:
            surfaces = one_of(request._request.body)
        except InvalidRequest as error:
            raise ApiError(error.code, str(error), param=error.param) from error
        asks = [read_ask(request, surface) for surface in surfaces]
        asks[1:] = [replace(ask, request_id=uuid7()) for ask in asks[1:]]
        return await _together(asks, read_idempotency_key(request.META))


async def _together(asks: Sequence[Ask], key: str | None) -> HttpResponseBase:
    """Their answers as one. The first that fails is the answer, and the others are ended."""
    runtime = runtimes.get()
    keys = [f"{key}#{place}" if key and place else key for place in range(len(asks))]
    pairs = zip(asks, keys, strict=True)
    tasks = [asyncio.ensure_future(_answered(runtime, ask, own, asks)) for ask, own in pairs]
    try:
        responses = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    failed = next((response for response in responses if response.status_code >= 400), None)
    return failed or joined(responses)


async def _answered(runtime: Runtime, ask: Ask, key: str | None, beside: Sequence[Ask]) -> HttpResponse:
    if key is None:
        response = await answer(await begin(runtime, ask))
    else:
        response = await replays.once(
            runtime, key, ask, run=lambda: begin(runtime, ask), answer=answer, beside=beside
        )
    assert isinstance(response, HttpResponse)  # several prompts are never streamed
    return response


def joined(responses: Sequence[HttpResponse]) -> HttpResponse:
    """One answer, whose choices are numbered through. What it cost, and its usage, is the sum of all."""
    answers: list[dict[str, Any]] = [_decode(response.content) for response in responses]
    choices = [choice for each in answers for choice in each["choices"]]
    usages = [each["usage"] for each in answers if each.get("usage")]
    whole = {
        **answers[0],
        "choices": [{**choice, "index": place} for place, choice in enumerate(choices)],
        "usage": _total(usages) if len(usages) == len(answers) else None,
    }
    first = HttpResponse(_encode(whole), headers=dict(responses[0].items()))
    first[REQUESTS] = ",".join(response["x-request-id"] for response in responses)
    if all(COST in response for response in responses):
        first[COST] = f"{sum((Decimal(response[COST]) for response in responses), Decimal(0)):f}"
    first[ATTEMPTS] = str(sum(int(response.get(ATTEMPTS, "0")) for response in responses))
    return first


def _total(usages: Sequence[dict[str, Any]]) -> dict[str, int]:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: sum(usage[name] for usage in usages) for name in names}
