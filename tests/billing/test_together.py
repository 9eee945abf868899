"""What is asked in one moment leaves as one, and everybody gets their own answer."""

import asyncio

import pytest

from billing.errors import CountersUnavailable
from billing.together import MAX_TOGETHER, Together


class Server:
    """Doubles what it is asked, and keeps the batches; `fails` once."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.fails = False

    async def send(self, key: str, items: list[int]) -> list[int]:
        self.batches.append((key, items))
        if self.fails:
            raise CountersUnavailable
        return [item * 2 for item in items]


@pytest.mark.parametrize("wait_s", [0.0, 0.001])
async def test_those_of_one_moment_and_key_leave_together_and_in_order(wait_s):
    server = Server()
    together = Together(server.send, wait_s=wait_s)
    asked = [together.ask("a", 1), together.ask("b", 2), together.ask("a", 3)]
    assert await asyncio.gather(*asked) == [2, 4, 6]
    assert server.batches == [("a", [1, 3]), ("b", [2])]


async def test_no_batch_is_larger_than_the_bound():
    server = Server()
    together = Together(server.send)
    await asyncio.gather(*[together.ask("a", item) for item in range(MAX_TOGETHER + 1)])
    assert [len(items) for _, items in server.batches] == [MAX_TOGETHER, 1]


async def test_a_failure_reaches_everybody_who_asked_and_ends_there():
    server = Server()
    together = Together(server.send)
    server.fails = True
    failed = await asyncio.gather(together.ask("a", 1), together.ask("a", 2), return_exceptions=True)
    server.fails = False
    assert [type(error) for error in failed] == [CountersUnavailable] * 2
    assert await together.ask("a", 3) == 6


async def test_drained_sends_what_still_waits_and_forgets_who_has_left():
    server = Server()
    together = Together(server.send, wait_s=60.0)
    left, stayed = together.ask("a", 1), together.ask("a", 2)
    left.cancel()
    await together.drained()
    assert stayed.result() == 4
