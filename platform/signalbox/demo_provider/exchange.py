"""One request, answered or spoiled as its faults say."""

import asyncio
from collections.abc import Iterator

from signalbox.demo_provider import wire
from signalbox.demo_provider.chat import ChatIn, answer
from signalbox.demo_provider.client import Client, Headers
from signalbox.demo_provider.faults import MAX_DELAY_MS, NONE, Faults
from signalbox.demo_provider.stats import Stats

JSON = (b"content-type", b"application/json")
EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")
PAGE = (b"content-type", b"text/html; charset=utf-8")


GARBAGE_AFTER = 2  # chunks


class Cut(Exception):
    """The connection is to be closed with the answer unfinished."""


async def exchange(client: Client, request: ChatIn, faults: Faults, number: int, stats: Stats) -> None:
    """Answer. Raises ClientGone, and Cut where the caller must return with the response unfinished."""
    identity = (b"x-request-id", b"req_demo_%d" % number)
    if faults.delay_ms:
        await client.wait(faults.delay_ms / 1000)
    if await _spoiled(client, faults, identity, stream=bool(request.stream)):
        return
    if request.stream:
        await _stream(client, request, faults, number, stats)
        return
    body = wire.completion_body(answer(request, faults), request, number, faults)
    await _whole(client, [JSON, identity, *_told(faults)], body, faults)


async def plain(client: Client, kind: str, body: bytes, faults: Faults, number: int) -> None:
    """As `exchange`, of an answer that is there already."""
    identity = (b"x-request-id", b"req_demo_%d" % number)
    if faults.delay_ms:
        await client.wait(faults.delay_ms / 1000)
    if not await _spoiled(client, faults, identity, stream=False):
        await _whole(client, [(b"content-type", kind.encode()), identity], body, faults)


def _told(faults: Faults) -> Headers:
    """What is left of a limit that there is not."""
    if faults.left < 0:
        return []
    limit = b"x-ratelimit-%s-requests"
    told = {b"limit": b"2", b"remaining": b"%d" % faults.left, b"reset": b"1m0s"}
    return [(limit % name, value) for name, value in told.items()]


async def _whole(client: Client, headers: Headers, body: bytes, faults: Faults) -> None:
    if faults.cut_after >= 0 or faults.stall:
        await client.start(200, [*headers, (b"content-length", str(len(body)).encode())])
        await client.write(body[: len(body) // 2])
        await _leave(client, faults)
    await client.respond(200, headers, body)


async def _spoiled(client: Client, faults: Faults, identity: tuple[bytes, bytes], *, stream: bool) -> bool:
    """Send what is no answer at all, where the faults ask for it."""
    headers: Headers = [identity]
    if faults.retry_after >= 0:
        headers.append((b"retry-after", str(faults.retry_after).encode()))
    if faults.html:
        await client.respond(faults.status or 502, [PAGE, *headers], wire.HTML)
    elif faults.status:
        await client.respond(faults.status, [JSON, *headers], wire.error_body(faults.status))
    elif faults.empty:
        await client.respond(200, [JSON, *headers], b"")
    elif faults.error200:
        await client.respond(200, [JSON, *headers], wire.error_body(500))
    elif faults.garbage and not stream:
        await client.respond(200, [JSON, *headers], wire.GARBAGE)
    else:
        return False
    return True


async def _stream(client: Client, request: ChatIn, faults: Faults, number: int, stats: Stats) -> None:
    events = wire.stream_events(answer(request, faults), request, number, faults)
    identity = (b"x-request-id", b"req_demo_%d" % number)
    await client.start(200, [EVENTS, identity, *_told(faults)])
    if faults == NONE:
        # Nothing is to happen between the chunks, so they leave together.
        chunks = list(events)
        stats.chunks += len(chunks)
        await client.write(b"".join((*chunks, wire.DONE)), more=False)
        return
    await _paced(client, events, faults, stats)
    await client.write(wire.DONE, more=False)


async def _paced(client: Client, events: Iterator[bytes], faults: Faults, stats: Stats) -> None:
    """Chunk by chunk, on a schedule that does not drift, up to the fault."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for sent, event in enumerate(events):
        ahead_s = began_s + sent * faults.chunk_ms / 1000 - loop.time()
        if ahead_s > 0:
            await client.wait(ahead_s)
        await _fail_after(client, sent, faults)
        await client.write(event)
        stats.chunks += 1


async def _fail_after(client: Client, sent: int, faults: Faults) -> None:
    if (faults.stall and sent == max(1, faults.cut_after)) or sent == faults.cut_after:
        await _leave(client, faults)
    if faults.garbage and sent == GARBAGE_AFTER:
        await client.write(b"data: " + wire.GARBAGE + b"\n\n")
    if sent == faults.error_after:
        await client.write(b"data: " + wire.error_body(500) + b"\n\n", more=False)
        raise Cut


async def _leave(client: Client, faults: Faults) -> None:
    """Stop in the middle: at once, or after saying nothing for as long as the client bears it."""
    if faults.stall:
        await client.wait(MAX_DELAY_MS / 1000)
    raise Cut
