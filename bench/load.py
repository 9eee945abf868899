"""A load generator that costs little: keep-alive HTTP/1.1, one request at a time on each connection."""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

READ_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def bytes(self) -> bytes:
        parts = urlsplit(self.url)
        method = "POST" if self.body else "GET"
        lines = [f"{method} {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


@dataclass(slots=True)
class Result:
    """Latencies in seconds, in the order in which requests ended; statuses counted."""

    latencies_s: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    elapsed_s: float = 0.0
    chunk_delays_s: list[float] = field(default_factory=list)
    chunks: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies_s) / self.elapsed_s if self.elapsed_s else 0.0

    def quantile_ms(self, share: float) -> float:
        return quantile(self.latencies_s, share) * 1e3


def quantile(values: list[float], share: float) -> float:
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def run(target: Target, *, connections: int, requests: int) -> Result:
    """`requests` in all, over `connections` connections; each sends its next when its last was answered."""
    result = Result()
    remaining = iter(range(requests))
    payload = target.bytes()
    started = time.perf_counter()
    await asyncio.gather(*(_connection(target, payload, remaining, result) for _ in range(connections)))
    result.elapsed_s = time.perf_counter() - started
    return result


async def _connection(target: Target, payload: bytes, remaining, result: Result) -> None:  # type: ignore[no-untyped-def]
    parts = urlsplit(target.url)
    reader = writer = None
    for _ in remaining:
        if writer is None:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        began = time.perf_counter()
        writer.write(payload)
        status, keep = await asyncio.wait_for(_response(reader), READ_TIMEOUT_S)
        result.latencies_s.append(time.perf_counter() - began)
        result.statuses[status] = result.statuses.get(status, 0) + 1
        if not keep:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def _response(reader) -> tuple[int, bool]:  # type: ignore[no-untyped-def]
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    keep = b"connection: close" not in lower
    at = lower.find(b"content-length:")
    if at >= 0:
        length = int(lower[at + 15 : lower.index(b"\r\n", at)])
        if length:
            await reader.readexactly(length)
    else:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return status, keep


async def run_streams(target: Target, *, streams: int, chunk_interval_s: float) -> Result:
    """`streams` at once, one request each; a chunk's delay is its lateness against its stream's own pace."""
    result = Result()
    started = time.perf_counter()
    await asyncio.gather(*(_stream(target, chunk_interval_s, result) for _ in range(streams)))
    result.elapsed_s = time.perf_counter() - started
    return result


async def _stream(target: Target, interval_s: float, result: Result) -> None:
    parts = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    began = time.perf_counter()
    writer.write(target.bytes())
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    result.statuses[status] = result.statuses.get(status, 0) + 1
    arrivals: list[float] = []
    while True:
        line = await asyncio.wait_for(reader.readline(), READ_TIMEOUT_S)
        if line.startswith(b"data: [DONE]") or not line:
            break
        if line.startswith(b"data: "):
            arrivals.append(time.perf_counter())
    writer.close()
    result.latencies_s.append(time.perf_counter() - began)
    result.chunks += len(arrivals)
    if arrivals:
        base = min(at - number * interval_s for number, at in enumerate(arrivals))
        result.chunk_delays_s += [at - number * interval_s - base for number, at in enumerate(arrivals)]
