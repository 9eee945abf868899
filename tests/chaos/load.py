"""Clients that call a stack without pause while parts of it are killed, and note what they were told."""

import asyncio
import threading
import time
import uuid
from dataclasses import dataclass, field

import httpx

from tests.stack import Stack

CLIENT_TIMEOUT_S = 45.0
PAUSE_AFTER_REFUSAL_S = 0.05


@dataclass
class Told:
    """What became of each call: its status, or `lost` where the connection broke (the web process died).

    Each call has a label of its own, which the provider sees and which is on record as a tag of its request.
    """

    statuses: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)  # the labels of the calls that were answered with 200
    longest_s: float = 0.0

    def note(self, label: str, status: str, code: str, took_s: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == "200":
            self.answered.append(label)
        if code:
            self.codes[code] = self.codes.get(code, 0) + 1
        self.longest_s = max(self.longest_s, took_s)


def call_until(stack: Stack, stop: threading.Event, told: Told, clients: int, delay_ms: int) -> None:
    """`clients` at once, each sending its next call when its last was answered, until `stop`."""
    asyncio.run(_clients(stack, stop, told, clients, delay_ms))


async def _clients(stack: Stack, stop: threading.Event, told: Told, clients: int, delay_ms: int) -> None:
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(timeout=CLIENT_TIMEOUT_S, limits=limits, trust_env=False) as client:
        await asyncio.gather(*(_client(client, stack, stop, told, delay_ms) for _ in range(clients)))


async def _client(
    client: httpx.AsyncClient, stack: Stack, stop: threading.Event, told: Told, delay_ms: int
) -> None:
    while not stop.is_set():
        label = uuid.uuid4().hex
        content = f"[[demo:delay_ms={delay_ms},label={label}]] Where does the train stop?"
        body = {"model": "brisk", "messages": [{"role": "user", "content": content}]}
        headers = stack.headers(**{"x-signalbox-tags": label})
        began = time.monotonic()
        code = ""
        try:
            answer = await client.post(f"{stack.api_url}/chat/completions", json=body, headers=headers)
            status = str(answer.status_code)
            code = answer.json().get("error", {}).get("code", "") if answer.is_error else ""
        except httpx.ReadTimeout:
            status = "waited without bound"
        except httpx.TransportError:
            status = "lost"
        told.note(label, status, code, time.monotonic() - began)
        if status != "200":
            await asyncio.sleep(PAUSE_AFTER_REFUSAL_S)
