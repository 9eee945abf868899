"""OpenAI's Python client: Responses."""

import asyncio
import json

import openai
from checking import ANSWER_SCHEMA, API_URL, AT_ONCE, HELLO, KEY, MODEL, WHERE, refused, run

client = openai.OpenAI(base_url=API_URL, api_key=KEY, max_retries=0)
ASKED = {"model": MODEL, "input": HELLO}
TOOL = {"type": "function", "name": "weather", "parameters": WHERE, "strict": False}


def chat():
    response = client.responses.create(**ASKED)
    assert response.status == "completed"
    assert HELLO in response.output_text


def stream():
    with client.responses.stream(**ASKED) as events:
        kinds = [event.type for event in events]
        response = events.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert HELLO in response.output_text


def tools():
    first = client.responses.create(**ASKED, tools=[TOOL], tool_choice="required")
    call = first.output[-1]
    assert "city" in json.loads(call.arguments)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."}
    turns = [{"role": "user", "content": HELLO}, *first.output, result]
    assert client.responses.create(model=MODEL, input=turns, tools=[TOOL]).status == "completed"


def schema():
    wanted = {"type": "json_schema", "name": "a", "strict": True, "schema": ANSWER_SCHEMA}
    response = client.responses.create(**ASKED, text={"format": wanted})
    assert set(json.loads(response.output_text)) == {"name", "count"}


def state():
    asked = {**ASKED, "previous_response_id": "resp_1"}
    error = refused(openai.BadRequestError, lambda: client.responses.create(**asked))
    assert error.code == "state_not_kept"


def errors():
    asked = {"model": "no-such-model", "input": HELLO}
    error = refused(openai.NotFoundError, lambda: client.responses.create(**asked))
    assert error.code == "model_not_found"


async def concurrency():
    async with openai.AsyncOpenAI(base_url=API_URL, api_key=KEY, max_retries=0) as many:
        answers = await asyncio.gather(*(many.responses.create(**ASKED) for _ in range(AT_ONCE)))
    assert len({answer.id for answer in answers}) == AT_ONCE


run(chat, stream, tools, schema, state, errors, concurrency)
