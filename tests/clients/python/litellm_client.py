"""litellm as a library, by chat, by Responses and by Anthropic's messages."""

import asyncio
import json

import litellm
from checking import ANSWER_SCHEMA, API_URL, AT_ONCE, HELLO, KEY, MODEL, URL, WHERE, refused, run

BY_OPENAI = {"model": f"openai/{MODEL}", "api_base": API_URL, "api_key": KEY, "num_retries": 0}
BY_ANTHROPIC = {"model": f"anthropic/{MODEL}", "api_base": URL, "api_key": KEY, "num_retries": 0}
MESSAGES = [{"role": "user", "content": HELLO}]
TOOL = {"type": "function", "function": {"name": "weather", "description": "Weather.", "parameters": WHERE}}


def chat():
    for by in (BY_OPENAI, BY_ANTHROPIC):
        answer = litellm.completion(**by, messages=MESSAGES, max_tokens=500)
        assert HELLO in answer.choices[0].message.content


def stream():
    for by in (BY_OPENAI, BY_ANTHROPIC):
        chunks = litellm.completion(**by, messages=MESSAGES, max_tokens=500, stream=True)
        assert HELLO in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def tools():
    for by in (BY_OPENAI, BY_ANTHROPIC):
        asked = {**by, "max_tokens": 500, "tools": [TOOL]}
        first = litellm.completion(**asked, messages=MESSAGES, tool_choice="required").choices[0].message
        call = first.tool_calls[0]
        assert "city" in json.loads(call.function.arguments)
        result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny."}
        again = litellm.completion(
            **asked, messages=[*MESSAGES, first.model_dump(), result], tool_choice="none"
        )
        assert again.choices[0].finish_reason == "stop"


def schema():
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": ANSWER_SCHEMA}}
    answer = litellm.completion(**BY_OPENAI, messages=MESSAGES, response_format=wanted)
    assert set(json.loads(answer.choices[0].message.content)) == {"name", "count"}


def responses():
    response = litellm.responses(**BY_OPENAI, input=HELLO)
    assert HELLO in response.output[-1].content[0].text


def embeddings():
    found = litellm.embedding(**BY_OPENAI, input=[HELLO, "b"])
    assert len(found.data) == 2
    assert isinstance(found.data[0]["embedding"][0], float)


def errors():
    asked = {**BY_OPENAI, "model": "openai/no-such-model", "messages": MESSAGES}
    assert "no-such-model" in str(refused(litellm.NotFoundError, lambda: litellm.completion(**asked)))


async def concurrency():
    asked = (litellm.acompletion(**BY_OPENAI, messages=MESSAGES) for _ in range(AT_ONCE))
    answers = await asyncio.gather(*asked)
    assert all(HELLO in answer.choices[0].message.content for answer in answers)


run(chat, stream, tools, schema, responses, embeddings, errors, concurrency)
