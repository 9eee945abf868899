"""Anthropic's Python client."""

import asyncio
import json

import anthropic
from checking import ANSWER_SCHEMA, AT_ONCE, HELLO, KEY, MODEL, URL, WHERE, refused, run

client = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0)
ASKED = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": HELLO}]}
TOOL = {"name": "weather", "input_schema": WHERE}


def chat():
    message = client.messages.create(**ASKED, system="Be brief.")
    assert HELLO in message.content[0].text
    assert message.usage.output_tokens > 0


def stream():
    with client.messages.stream(**ASKED) as events:
        said = "".join(events.text_stream)
        message = events.get_final_message()
    assert HELLO in said
    assert message.stop_reason == "end_turn"


def tools():
    first = client.messages.create(**ASKED, tools=[TOOL], tool_choice={"type": "any"})
    call = first.content[-1]
    assert "city" in call.input
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Sunny."}
    turns = [
        *ASKED["messages"],
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    asked = {**ASKED, "messages": turns, "tools": [TOOL], "tool_choice": {"type": "none"}}
    assert client.messages.create(**asked).stop_reason == "end_turn"


def schema():
    wanted = {"format": {"type": "json_schema", "schema": ANSWER_SCHEMA}}
    message = client.messages.create(**ASKED, output_config=wanted)
    assert set(json.loads(message.content[0].text)) == {"name", "count"}


def count():
    assert client.messages.count_tokens(model=MODEL, messages=ASKED["messages"]).input_tokens > 0


def models():
    assert MODEL in {model.id for model in client.models.list()}


def errors():
    asked = {**ASKED, "model": "no-such-model"}
    error = refused(anthropic.NotFoundError, lambda: client.messages.create(**asked))
    assert error.body["error"]["code"] == "model_not_found"


async def concurrency():
    async with anthropic.AsyncAnthropic(base_url=URL, api_key=KEY, max_retries=0) as many:
        answers = await asyncio.gather(*(many.messages.create(**ASKED) for _ in range(AT_ONCE)))
    assert len({answer.id for answer in answers}) == AT_ONCE


run(chat, stream, tools, schema, count, models, errors, concurrency)
