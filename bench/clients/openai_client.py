"""OpenAI's client: parameters through its transform, answers to its models, which it does not validate."""

import json
from collections.abc import Mapping
from typing import Any

from openai import OpenAI, Stream
from openai._utils import maybe_transform
from openai._utils._json import openapi_dumps
from openai.types import Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming as ChatParams
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming as CompletionParams
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

from bench.clients import Body, Client


def chat(asked: Mapping[str, Any]) -> Client:
    return _client(asked, ChatParams, ChatCompletion, ChatCompletionChunk)


def responses(asked: Mapping[str, Any]) -> Client:
    system, user = asked["messages"]
    params = {
        "model": asked["model"],
        "instructions": system["content"],
        "input": [user],
        "temperature": asked["temperature"],
        "max_output_tokens": asked["max_tokens"],
    }
    return _client(params, ResponseCreateParamsNonStreaming, Response, ResponseStreamEvent)


def completions(asked: Mapping[str, Any]) -> Client:
    prompt = "\n\n".join(message["content"] for message in asked["messages"])
    params = {**asked, "prompt": prompt}
    del params["messages"]
    return _client(params, CompletionParams, Completion, Completion)


def _client(params: Mapping[str, Any], kind: Any, answer: Any, chunk: Any) -> Client:
    made = OpenAI(api_key="none")
    return Client(
        prepare=lambda: openapi_dumps(maybe_transform(params, kind)),
        whole=lambda body: answer.construct(**json.loads(body)),
        stream=lambda pieces: sum(1 for _ in Stream(cast_to=chunk, response=Body(pieces), client=made)),
        embeddings=lambda body: CreateEmbeddingResponse.construct(**json.loads(body)),
    )
