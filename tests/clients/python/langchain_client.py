"""langchain-openai, by chat, by Responses and by legacy completions."""

import asyncio

import openai
from checking import ANSWER_SCHEMA, API_URL, AT_ONCE, HELLO, KEY, MODEL, refused, run
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings

OPTIONS = {"base_url": API_URL, "api_key": KEY, "model": MODEL, "max_retries": 0}
model = ChatOpenAI(**OPTIONS)


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


def chat():
    assert HELLO in model.invoke(HELLO).content


def stream():
    assert HELLO in "".join(str(chunk.content) for chunk in model.stream(HELLO))


def tools():
    armed = model.bind_tools([weather], tool_choice="weather")
    asked = HumanMessage(HELLO)
    first = armed.invoke([asked])
    result = ToolMessage(weather.invoke(first.tool_calls[0]["args"]), tool_call_id=first.tool_calls[0]["id"])
    assert model.invoke([asked, first, result]).content


def schema():
    wanted = {"title": "answer", "description": "An answer.", **ANSWER_SCHEMA}
    found = model.with_structured_output(wanted, method="json_schema").invoke(HELLO)
    assert set(found) == {"name", "count"}


def responses():
    answer = ChatOpenAI(**OPTIONS, use_responses_api=True).invoke(HELLO)
    assert HELLO in _text(answer)


def responses_stream():
    chunks = ChatOpenAI(**OPTIONS, use_responses_api=True).stream(HELLO)
    assert HELLO in "".join(map(_text, chunks))


def _text(message):
    """Of content in blocks."""
    return "".join(block.get("text", "") for block in message.content)


def completions():
    assert HELLO in OpenAI(**OPTIONS, max_tokens=40).invoke(HELLO)


def embeddings():
    """As texts: else it counts tokens by a vocabulary that it downloads."""
    vectors = OpenAIEmbeddings(**OPTIONS, check_embedding_ctx_length=False).embed_documents([HELLO, "b"])
    assert len(vectors) == 2
    assert isinstance(vectors[0][0], float)


def errors():
    missing = ChatOpenAI(**{**OPTIONS, "model": "no-such-model"})
    assert refused(openai.NotFoundError, lambda: missing.invoke(HELLO)).code == "model_not_found"


async def concurrency():
    answers = await asyncio.gather(*(model.ainvoke(HELLO) for _ in range(AT_ONCE)))
    assert all(HELLO in answer.content for answer in answers)


run(chat, stream, tools, schema, responses, responses_stream, completions, embeddings, errors, concurrency)
