"""How the answers of a provider's batch are read: line by line, within bounds, from its own host."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from routing.adapters.contract import PreparedRequest, ProviderError, Target
from routing.batches.door import Door
from routing.batches.splitting import lines_of
from routing.batches.toolbox import Toolbox


async def each(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], [b""]),
        ([b"one\ntwo\n"], [b"one", b"two", b""]),
        ([b"o", b"", b"ne", b"\n", b"tw", b"o"], [b"one", b"two"]),
        ([b"\n\none"], [b"", b"", b"one"]),
        ([b"12345\n123456\n1"], [b"12345", None, b"1"]),
        ([b"1234", b"56", b"78\nnext"], [None, b"next"]),
        ([b"1234", b"56"], [None]),
    ],
)
def test_lines_are_whole_however_they_come(chunks: list[bytes], lines: list[bytes | None]) -> None:
    async def read() -> list[bytes | None]:
        return [line async for line in lines_of(each(chunks), most_bytes=5)]

    assert asyncio.run(read()) == lines


def test_nothing_goes_to_another_host_than_the_deployment_s() -> None:
    opened: list[PreparedRequest] = []

    async def open_reply(prepared: PreparedRequest) -> Any:
        opened.append(prepared)

    astray = PreparedRequest("GET", "https://other.example/v1beta/batches/b", {}, b"")
    service = cast(Any, SimpleNamespace(look=lambda target, batch: astray, standing=None))
    tools = cast(Toolbox, SimpleNamespace(open=open_reply))
    door = Door(tools, service, Target("https://models.example/v1beta", "m", 1))
    with pytest.raises(ProviderError, match="another host"):
        asyncio.run(door.look("batches/b"))
    assert opened == []
