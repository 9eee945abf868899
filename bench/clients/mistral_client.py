"""Mistral's client: from and to validated models."""

from collections.abc import Mapping
from typing import Any

from mistralai.client import models, utils
from mistralai.client.utils.eventstreaming import EventStream
from mistralai.client.utils.serializers import unmarshal_json

from bench.clients import Body, Client


def chat(asked: Mapping[str, Any]) -> Client:
    def prepare() -> object:
        messages = utils.get_pydantic_model(asked["messages"], list[models.ChatCompletionRequestMessage])
        request = models.ChatCompletionRequest(**{**asked, "messages": messages})
        return utils.serialize_request_body(request, False, False, "json", models.ChatCompletionRequest)

    def stream(pieces: list[bytes]) -> int:
        events: Any = EventStream(
            Body(pieces), lambda raw: unmarshal_json(raw, models.CompletionEvent), sentinel="[DONE]"
        )
        return sum(1 for _ in events)

    return Client(
        prepare=prepare,
        whole=lambda body: unmarshal_json(body.decode(), models.ChatCompletionResponse),
        stream=stream,
        embeddings=lambda body: unmarshal_json(body.decode(), models.EmbeddingResponse),
    )
