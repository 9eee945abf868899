"""Cohere's client: to models that it does not validate."""

import json
from collections.abc import Mapping
from typing import Any

from cohere import EmbedByTypeResponse
from cohere.core.http_client import get_request_body
from cohere.core.http_sse import EventSource
from cohere.core.pydantic_utilities import parse_sse_obj
from cohere.core.serialization import convert_and_respect_annotation_metadata
from cohere.core.unchecked_base_model import construct_type
from cohere.types import ChatMessages
from cohere.v2.types import V2ChatResponse, V2ChatStreamResponse

from bench.clients import Body, Client


def chat(asked: Mapping[str, Any]) -> Client:
    def prepare() -> object:
        messages = convert_and_respect_annotation_metadata(
            object_=asked["messages"], annotation=ChatMessages, direction="write"
        )
        body, _ = get_request_body(
            json={**asked, "messages": messages}, data=None, request_options=None, omit=...
        )
        return json.dumps(body)

    def stream(pieces: list[bytes]) -> int:
        events = EventSource(Body(pieces)).iter_sse()
        return sum(parse_sse_obj(sse=event, type_=V2ChatStreamResponse) is not None for event in events)

    return Client(
        prepare=prepare,
        whole=lambda body: construct_type(type_=V2ChatResponse, object_=json.loads(body)),
        stream=stream,
        embeddings=lambda body: construct_type(type_=EmbedByTypeResponse, object_=json.loads(body)),
    )
