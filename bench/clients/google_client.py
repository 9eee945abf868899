"""Google's client: from and to its models by way of dicts, as `generate_content` does it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from google import genai
from google.genai import _common, models, types
from google.genai._api_client import HttpResponse

from bench.clients import Client

Renamed = Callable[..., Any]


def gemini(asked: Mapping[str, Any]) -> Client:
    api = genai.Client(api_key="none")
    told, said = models._GenerateContentParameters_to_mldev, models._GenerateContentResponse_from_mldev
    return _client(asked, api, told, said, models._EmbedContentResponse_from_mldev)


def vertex(asked: Mapping[str, Any]) -> Client:
    api = genai.Client(vertexai=True, api_key="none")
    told, said = models._GenerateContentParameters_to_vertex, models._GenerateContentResponse_from_vertex
    return _client(asked, api, told, said, models._EmbedContentResponse_from_vertex)


def _client(asked: Mapping[str, Any], api: Any, told: Renamed, said: Renamed, vectors: Renamed) -> Client:
    system, user = asked["messages"]
    config = {
        "system_instruction": system["content"],
        "temperature": asked["temperature"],
        "max_output_tokens": asked["max_tokens"],
    }

    def prepare() -> object:
        given = types._GenerateContentParameters(
            model=asked["model"], contents=user["content"], config=types.GenerateContentConfig(**config)
        )
        body = told(api._api_client, given, None, given)
        body.pop("config", None)
        return json.dumps(_common.encode_unserializable_types(_common.convert_to_dict(body)))

    def read(value: Any) -> object:
        return types.GenerateContentResponse._from_response(response=said(value), kwargs={"config": {}})

    def stream(pieces: list[bytes]) -> int:
        response = HttpResponse({}, response_stream=httpx.Response(200, content=iter(pieces)))
        return len([read(value) for value in response.segments()])

    def embeddings(body: bytes) -> object:
        return types.EmbedContentResponse._from_response(response=vectors(json.loads(body)), kwargs={})

    return Client(prepare, lambda body: read(json.loads(body)), stream, embeddings)
