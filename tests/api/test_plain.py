"""Headers that are plain already reach the client as Django would have sent them."""

import asyncio

import pytest
from django.http import HttpResponse
from signalbox import direct

from audit.core.ids import uuid7
from routing.api.plain import PlainResponse

TOLD = {"content-type": "audio/mpeg", "x-request-id": "one", "x-signalbox-model": "small, 1"}


async def sent(response: HttpResponse) -> list[tuple[bytes, bytes]]:
    messages: asyncio.Queue[direct.Message] = asyncio.Queue()
    await direct._send(response, uuid7(), messages.put)
    return sorted(messages.get_nowait()["headers"])


async def test_what_is_sent_is_what_django_would_have_sent() -> None:
    assert await sent(PlainResponse(b"{}", TOLD)) == await sent(HttpResponse(b"{}", headers=TOLD))


@pytest.mark.parametrize("name", ["x-request-id", "X-Request-ID"])
def test_headers_are_read_and_changed_like_any(name: str) -> None:
    response = PlainResponse(b"{}", TOLD)
    assert response[name] == "one"
    response[name] = "two"
    assert sorted(response.headers.values()) == ["audio/mpeg", "small, 1", "two"]


def test_what_is_set_afterwards_is_checked() -> None:
    with pytest.raises(ValueError, match="newlines"):
        PlainResponse(b"{}", TOLD)["x-more"] = "a\r\nb"
