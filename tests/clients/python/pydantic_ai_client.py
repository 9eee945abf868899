"""pydantic-ai, by OpenAI's chat, by Responses and by Anthropic's messages."""

import asyncio

from checking import API_URL, AT_ONCE, HELLO, KEY, MODEL, URL, run
from pydantic import BaseModel
from pydantic_ai import Agent, Embedder, ModelHTTPError, NativeOutput
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

openai = OpenAIProvider(base_url=API_URL, api_key=KEY)
by_chat = OpenAIChatModel(MODEL, provider=openai)
by_responses = OpenAIResponsesModel(MODEL, provider=openai)
by_messages = AnthropicModel(MODEL, provider=AnthropicProvider(base_url=URL, api_key=KEY))


class Answer(BaseModel):
    name: str
    count: int


async def _all_of(ask):
    for model in (by_chat, by_responses, by_messages):
        await ask(model)


async def chat():
    async def ask(model):
        assert HELLO in (await Agent(model).run(HELLO)).output

    await _all_of(ask)


async def stream():
    async def ask(model):
        async with Agent(model).run_stream(HELLO) as result:
            assert HELLO in await result.get_output()

    await _all_of(ask)


async def tools():
    """The demo provider calls a tool that it is offered, and then tells its result."""

    async def ask(model):
        called = []
        agent = Agent(model)

        @agent.tool_plain
        def weather(city: str) -> str:
            """The weather in a city."""
            called.append(city)
            return f"Sunny in {city}."

        assert (await agent.run(HELLO)).output
        assert called

    await _all_of(ask)


async def schema():
    assert isinstance((await Agent(by_chat, output_type=NativeOutput(Answer)).run(HELLO)).output, Answer)


async def embeddings():
    """With a client of its own, since each check has a loop of its own."""
    own = OpenAIProvider(base_url=API_URL, api_key=KEY)
    embedder = Embedder(OpenAIEmbeddingModel(MODEL, provider=own))
    found = await embedder.embed_documents([HELLO, "b"])
    assert len(found.embeddings) == 2
    assert isinstance(found.embeddings[0][0], float)


async def errors():
    asked = Agent(OpenAIChatModel("no-such-model", provider=openai)).run(HELLO)
    (error,) = await asyncio.gather(asked, return_exceptions=True)
    assert isinstance(error, ModelHTTPError)
    assert error.status_code == 404


async def concurrency():
    answers = await asyncio.gather(*(Agent(by_chat).run(HELLO) for _ in range(AT_ONCE)))
    assert all(HELLO in answer.output for answer in answers)


run(chat, stream, tools, schema, embeddings, errors, concurrency)
