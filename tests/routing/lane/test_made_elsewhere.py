"""Pictures and speech of another dialect on a real lane: given, recorded, and paid as they were made."""

import base64
import json
import struct
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from lane_cast import call, deployment, plan

from audit.models import Attempt
from tests.routing.lane.conftest import served

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = struct.pack(">8s4s4sII", b"\x89PNG\r\n\x1a\n", b"\0\0\0\r", b"IHDR", 1024, 1024)
PICTURE = base64.b64encode(HEAD + b"\x08\x02").decode()
PRICES = [
    {"size": "", "quality": "", "nano": 90_000_000},
    {"size": "1024x1024", "quality": "", "nano": 40_000_000},
]


class Google:
    """Draws by `predict`, two at most of each call let through, and speaks by `generateContent`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = json.loads((await receive())["body"])
        self.asked.append(asked)
        answer = _drawn(asked) if scope["path"].endswith(":predict") else _spoken()
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def _drawn(asked: dict[str, Any]) -> dict[str, Any]:
    if "[[filter]]" in asked["instances"][0]["prompt"]:
        return {"predictions": [{"raiFilteredReason": "Unsafe."}]}
    return {"predictions": [{"bytesBase64Encoded": PICTURE}] * min(asked["parameters"]["sampleCount"], 2)}


def _spoken() -> dict[str, Any]:
    sound = {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": base64.b64encode(b"\0\1" * 8).decode()}
    counts = {"promptTokenCount": 3, "candidatesTokenCount": 7, "totalTokenCount": 10}
    return {
        "candidates": [{"content": {"parts": [{"inlineData": sound}]}, "finishReason": "STOP"}],
        "usageMetadata": counts,
    }


@pytest_asyncio.fixture
async def google():
    model = Google()
    async with served(model) as url:
        yield model, url


@pytest.fixture
def ask(start_lane, web, google):
    async def asked(operation: str, **request: Any) -> tuple[Any, Attempt]:
        made = deployment("a", google[1], dialect="vertex", upstream_id="imagen-4.0", credential="")
        made["prices"][0]["pictures"] = PRICES
        await start_lane(made)
        sent = call(plan("a", attempts=1), operation=operation, request={"model": "small", **request})
        heard = await web.ask(sent)
        row = await sync_to_async(Attempt.objects.get)(request_id=heard.last.request_id)
        return heard, row

    return asked


async def test_pictures_of_several_calls_are_one_answer_and_each_is_paid_as_it_measures(ask, google):
    heard, row = await ask("images", prompt="a cat", n=6)
    assert [asked["parameters"]["sampleCount"] for asked in google[0].asked] == [4, 2]
    assert [picture["b64_json"] for picture in heard.answer["data"]] == [PICTURE] * 4
    assert heard.answer["created"] > 1_700_000_000
    assert row.cost_nano == 4 * 40_000_000


async def test_a_picture_that_a_filter_took_is_no_answer(ask):
    heard, row = await ask("images", prompt="[[filter]]")
    assert (heard.code, row.error_kind, row.error_message) == ("content_filter", "content_filter", "Unsafe.")


async def test_speech_comes_as_a_file_and_is_paid_by_tokens(ask):
    heard, row = await ask("speech", input="Mind the gap", voice="Kore")
    assert (heard.last.payload[:4], heard.last.meta["content_type"]) == (b"RIFF", "audio/wav")
    assert (row.input_tokens, row.output_tokens, row.cost_nano) == (3, 7, 3 * 1000 + 7 * 2000)
