"""llama-index, by its class for endpoints like OpenAI's."""

import asyncio

from checking import API_URL, AT_ONCE, HELLO, KEY, MODEL, refused, run
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

OPTIONS = {"api_base": API_URL, "api_key": KEY, "is_chat_model": True, "is_function_calling_model": True}
model = OpenAILike(model=MODEL, max_retries=0, **OPTIONS)
ASKED = [ChatMessage(role="user", content=HELLO)]


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


def chat():
    assert HELLO in str(model.chat(ASKED).message.content)


def stream():
    assert HELLO in "".join(part.delta or "" for part in model.stream_chat(ASKED))


def tools():
    answer = model.chat_with_tools([FunctionTool.from_defaults(weather)], user_msg=HELLO, tool_required=True)
    assert model.get_tool_calls_from_response(answer)[0].tool_name == "weather"


def embeddings():
    embedder = OpenAILikeEmbedding(model_name=MODEL, api_base=API_URL, api_key=KEY, max_retries=0)
    vectors = embedder.get_text_embedding_batch([HELLO, "b"])
    assert len(vectors) == 2
    assert isinstance(vectors[0][0], float)


def errors():
    missing = OpenAILike(model="no-such-model", max_retries=0, **OPTIONS)
    assert "no-such-model" in str(refused(Exception, lambda: missing.chat(ASKED)))


async def concurrency():
    answers = await asyncio.gather(*(model.achat(ASKED) for _ in range(AT_ONCE)))
    assert all(HELLO in str(answer.message.content) for answer in answers)


run(chat, stream, tools, embeddings, errors, concurrency)
