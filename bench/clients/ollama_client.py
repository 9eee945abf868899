"""Ollama's client: from and to validated models, a line at a time."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
from ollama._client import _copy_messages
from ollama._types import ChatRequest, ChatResponse, EmbedResponse

from bench.clients import Client


def chat(asked: Mapping[str, Any]) -> Client:
    options = {"temperature": asked["temperature"], "num_predict": asked["max_tokens"]}

    def prepare() -> object:
        messages = list(_copy_messages(asked["messages"]))
        request = ChatRequest(model=asked["model"], messages=messages, stream=False, options=options)
        return json.dumps(request.model_dump(exclude_none=True))

    def stream(pieces: list[bytes]) -> int:
        lines = httpx.Response(200, content=iter(pieces)).iter_lines()
        return len([ChatResponse(**json.loads(line)) for line in lines])

    return Client(
        prepare=prepare,
        whole=lambda body: ChatResponse(**json.loads(body)),
        stream=stream,
        embeddings=lambda body: EmbedResponse(**json.loads(body)),
    )
