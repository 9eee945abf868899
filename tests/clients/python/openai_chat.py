"""OpenAI's Python client: chat, legacy completions, embeddings and models."""

import asyncio
import json

import openai
from checking import ANSWER_SCHEMA, API_URL, AT_ONCE, HELLO, KEY, MODEL, WHERE, refused, run

client = openai.OpenAI(base_url=API_URL, api_key=KEY, max_retries=0)
ASKED = {"model": MODEL, "messages": [{"role": "user", "content": HELLO}]}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {"type": "function", "function": {"name": "weather", "parameters": WHERE}}


def chat():
    answer = client.chat.completions.create(**ASKED)
    assert HELLO in answer.choices[0].message.content
    assert answer.usage.total_tokens > 0


def stream():
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(**ASKED, stream=True, stream_options=options))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert HELLO in said
    assert chunks[-1].usage.total_tokens > 0


def tools():
    first = client.chat.completions.create(**ASKED, tools=[TOOL], tool_choice="required").choices[0].message
    call = first.tool_calls[0]
    assert call.function.name == "weather"
    assert "city" in json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny."}
    again = client.chat.completions.create(
        model=MODEL, messages=[*ASKED["messages"], first, result], tools=[TOOL], tool_choice="none"
    )
    assert again.choices[0].finish_reason == "stop"


def schema():
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": ANSWER_SCHEMA}}
    answer = client.chat.completions.create(**ASKED, response_format=wanted)
    assert set(json.loads(answer.choices[0].message.content)) == {"name", "count"}


def completions():
    answer = client.completions.create(model=MODEL, prompt=HELLO, max_tokens=40)
    assert HELLO in answer.choices[0].text


def embeddings():
    found = client.embeddings.create(model=MODEL, input=[HELLO, "Good night."])
    assert [item.index for item in found.data] == [0, 1]
    assert isinstance(found.data[0].embedding[0], float)


def models():
    assert MODEL in {model.id for model in client.models.list()}


def errors():
    asked = {**ASKED, "model": "no-such-model"}
    error = refused(openai.NotFoundError, lambda: client.chat.completions.create(**asked))
    assert error.code == "model_not_found"


async def concurrency():
    async with openai.AsyncOpenAI(base_url=API_URL, api_key=KEY, max_retries=0) as many:
        answers = await asyncio.gather(*(many.chat.completions.create(**ASKED) for _ in range(AT_ONCE)))
    assert len({answer.id for answer in answers}) == AT_ONCE


def pictures():
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content


run(chat, stream, tools, schema, pictures, completions, embeddings, models, errors, concurrency)
