"""openai-agents, by Responses (its default) and by chat."""

import asyncio

import openai
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from checking import API_URL, AT_ONCE, HELLO, KEY, MODEL, run
from pydantic import BaseModel

set_tracing_disabled(True)


class Answer(BaseModel):
    name: str
    count: int


@function_tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


def _models(name=MODEL):
    client = openai.AsyncOpenAI(base_url=API_URL, api_key=KEY, max_retries=0)
    kinds = (OpenAIResponsesModel, OpenAIChatCompletionsModel)
    return [kind(model=name, openai_client=client) for kind in kinds]


async def chat():
    for model in _models():
        assert HELLO in (await Runner.run(Agent(name="a", model=model), HELLO)).final_output


async def stream():
    for model in _models():
        result = Runner.run_streamed(Agent(name="a", model=model), HELLO)
        kinds = [event.type async for event in result.stream_events()]
        assert "raw_response_event" in kinds
        assert HELLO in result.final_output


async def tools():
    """The demo provider calls a tool that it is offered, and then tells its result."""
    for model in _models():
        result = await Runner.run(Agent(name="a", model=model, tools=[weather]), HELLO)
        assert "Sunny" in result.final_output


async def schema():
    for model in _models():
        result = await Runner.run(Agent(name="a", model=model, output_type=Answer), HELLO)
        assert isinstance(result.final_output, Answer)


async def errors():
    for model in _models("no-such-model"):
        asked = Runner.run(Agent(name="a", model=model), HELLO)
        (error,) = await asyncio.gather(asked, return_exceptions=True)
        assert isinstance(error, openai.NotFoundError)


async def concurrency():
    agent = Agent(name="a", model=_models()[0])
    results = await asyncio.gather(*(Runner.run(agent, HELLO) for _ in range(AT_ONCE)))
    assert all(HELLO in result.final_output for result in results)


run(chat, stream, tools, schema, errors, concurrency)
