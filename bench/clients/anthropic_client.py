"""Anthropic's client, which works as OpenAI's does."""

import json
from collections.abc import Mapping
from typing import Any

from anthropic import Anthropic, Stream
from anthropic._utils import maybe_transform
from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

from bench.clients import Body, Client


def chat(asked: Mapping[str, Any]) -> Client:
    made = Anthropic(api_key="none")
    system, user = asked["messages"]
    params = {**asked, "system": system["content"], "messages": [user]}

    def stream(pieces: list[bytes]) -> int:
        return sum(1 for _ in Stream(cast_to=RawMessageStreamEvent, response=Body(pieces), client=made))

    return Client(
        prepare=lambda: json.dumps(maybe_transform(params, MessageCreateParamsNonStreaming)),
        whole=lambda body: Message.construct(**json.loads(body)),
        stream=stream,
    )
