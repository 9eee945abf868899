"""A model that only goes on with a text, on a real lane: asked by the dialect `completions`."""

import json
from typing import Any

import pytest
import pytest_asyncio
from lane_cast import call, deployment, plan

from tests.routing.lane.conftest import served

pytestmark = pytest.mark.django_db(transaction=True)
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def part(text: str, reason: str | None, **more: Any) -> bytes:
    choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": reason}
    named = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "base"}
    return json.dumps({**named, "choices": [choice], **more}).encode()


class BaseModel:
    """Completes every text by the same one, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = json.loads((await receive())["body"])
        self.asked.append(asked)
        self.paths.append(scope["path"])
        kind, body = b"application/json", part(" upon a time", "length", usage=USAGE)
        if asked.get("stream"):
            end = json.dumps({**json.loads(part("", None)), "choices": [], "usage": USAGE}).encode()
            events = (part(" upon", None), part(" a time", None), part("", "length"), end, b"[DONE]")
            kind, body = b"text/event-stream", b"".join(b"data: " + event + b"\n\n" for event in events)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})


@pytest_asyncio.fixture
async def base():
    model = BaseModel()
    async with served(model) as url:
        yield model, url


@pytest.mark.parametrize("stream", [False, True])
async def test_a_text_is_gone_on_with_and_paid(start_lane, web, base, stream):
    model, url = base
    await start_lane(deployment("a", url, dialect="completions", upstream_id="base"))
    heard = await web.ask(call(plan("a"), "Once", stream=stream))
    said = heard.text if stream else heard.answer["choices"][0]["message"]["content"]
    assert (said, heard.last.meta["output_tokens"]) == (" upon a time", 2)
    assert (model.paths, model.asked[0]["prompt"], model.asked[0]["max_tokens"]) == (
        ["/v1/completions"],
        "Once",
        1000,
    )


async def test_a_conversation_is_refused_by_name_and_nothing_is_sent(start_lane, web, base):
    model, url = base
    await start_lane(deployment("a", url, dialect="completions", upstream_id="base"))
    asked = call(plan("a", attempts=1))
    asked.request["messages"].insert(0, {"role": "system", "content": "Be brief."})
    heard = await web.ask(asked)
    assert heard.code == "unsupported_parameter"
    assert model.asked == []
