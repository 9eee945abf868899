"""instructor, which brings answers to a type by tools and by schema."""

import asyncio

import instructor
import openai
from checking import API_URL, AT_ONCE, HELLO, KEY, MODEL, refused, run
from pydantic import BaseModel

plain = openai.OpenAI(base_url=API_URL, api_key=KEY, max_retries=0)
ASKED = {"model": MODEL, "messages": [{"role": "user", "content": HELLO}]}


class Answer(BaseModel):
    name: str
    count: int


def _typed(mode):
    client = instructor.from_openai(plain, mode=mode)
    assert isinstance(client.chat.completions.create(**ASKED, response_model=Answer), Answer)


def tools():
    _typed(instructor.Mode.TOOLS)


def schema():
    _typed(instructor.Mode.JSON_SCHEMA)


def stream():
    client = instructor.from_openai(plain, mode=instructor.Mode.TOOLS)
    parts = list(client.chat.completions.create_partial(**ASKED, response_model=Answer))
    assert parts[-1].count is not None


def errors():
    client = instructor.from_openai(plain)
    asked = {**ASKED, "model": "no-such-model", "response_model": Answer, "max_retries": 0}
    assert "no-such-model" in str(refused(Exception, lambda: client.chat.completions.create(**asked)))


async def concurrency():
    client = instructor.from_openai(openai.AsyncOpenAI(base_url=API_URL, api_key=KEY, max_retries=0))
    asked = (client.chat.completions.create(**ASKED, response_model=Answer) for _ in range(AT_ONCE))
    assert len(await asyncio.gather(*asked)) == AT_ONCE


run(tools, schema, stream, errors, concurrency)
