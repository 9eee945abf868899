"""One call to one provider: prepared, sent, read. What comes out is on the attempt."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from audit.rows import clip
from routing import adapters
from routing.adapters.contract import LIBRARY, Adapter, PreparedRequest, ProviderError, Target
from routing.adapters.failures import request_id
from routing.adapters.limits import allowance_of
from routing.core.execution import FailureKind
from routing.core.operations import CHAT
from routing.lane import operating
from routing.lane.composing import compose
from routing.lane.flight import Attempt, Flight, endpoint_host
from routing.lane.library import Library, LibraryReply
from routing.lane.relay import Relay
from routing.lane.signing import signed
from routing.lane.transport import ConnectFailed, Reply, Transport

DRAIN_S = 0.25  # after the provider's own end, for the end of the body, so that its connection is kept
MAX_SILENCE_S = 300.0
MAX_PATH_CHARS = 48  # of a field that is not supported: an application may call it anything, at any length

Prepared = tuple[PreparedRequest, ...]  # one, save where an operation goes out in parts

ResolveCredential = Callable[[str, str], Awaitable[str]]
"""(name, host) → secret; raises ProviderError where the credential can't be had or is not the host's."""


class Providers:
    def __init__(self, transport: Transport, resolve: ResolveCredential) -> None:
        self._transport = transport
        self._library = Library(transport)
        self._resolve = resolve

    async def prepare(self, flight: Flight, attempt: Attempt) -> Prepared:
        """What is to be sent. Raises ProviderError, also for unsupported fields where the policy refuses."""
        deployment = attempt.deployment
        secret = await self._resolve(deployment.credential, endpoint_host(deployment.base_url))
        target = Target(
            base_url=deployment.base_url,
            upstream_id=deployment.upstream_id,
            max_output_tokens=attempt.call.max_output_tokens,
            api_key=secret,
            unsupported=flight.plan.unsupported,
            quirks=frozenset(deployment.quirks),
        )
        if flight.call.operation == CHAT:
            adapter = self._adapter(attempt)
            composed = compose(flight, attempt)
            prepared: Prepared = (adapter.prepare(composed, target, stream=attempt.stream),)
        else:
            prepared = operating.of(flight, attempt).prepare(flight.call.request, target)
        unsupported = tuple(clip(path, MAX_PATH_CHARS) for path in prepared[0].unsupported)
        if unsupported and flight.plan.unsupported == "refuse":
            names = ", ".join(unsupported[:8])
            raise ProviderError(
                f"The model can't take: {names}.", kind=FailureKind.UNSUPPORTED, retryable=False
            )
        if any(endpoint_host(part.url) != endpoint_host(deployment.base_url) for part in prepared):
            raise ProviderError("the dialect points to another host", kind=FailureKind.ERROR, retryable=False)
        attempt.unsupported = unsupported
        return prepared

    async def call(self, prepared: Prepared, flight: Flight, attempt: Attempt, relay: Relay) -> None:
        """Send it and read the answer into `relay`. Raises ProviderError; TimeoutError when interrupted."""
        if flight.call.operation != CHAT:
            await operating.run(prepared, flight, attempt, relay, self._open)
            return
        adapter = self._adapter(attempt)
        async with await self._open(prepared[0], attempt) as reply:
            if not attempt.stream:
                relay.whole(adapter.parse(reply.status, reply.headers, await reply.read()))
            elif reply.status >= 400:
                raise adapter.parse_error(reply.status, reply.headers, await reply.read())
            else:
                async with aclosing(reply.chunks()) as chunks:
                    await self._read_stream(adapter, chunks, relay)

    async def _open(self, prepared: PreparedRequest, attempt: Attempt) -> Reply | LibraryReply:
        """The reply, once its headers are here. A first request that never left leaves nothing to pay."""
        prepared = await signed(prepared)
        silence_s = min(float(attempt.deployment.timeout_s), MAX_SILENCE_S)
        was_called, attempt.called = attempt.called, True
        try:
            opened = self._library if prepared.method == LIBRARY else self._transport
            reply = await opened.open(prepared, read_timeout_s=silence_s)
        except ConnectFailed:
            attempt.called = was_called
            raise
        attempt.upstream_request_id = request_id(reply.headers)
        attempt.allowance = allowance_of(reply.headers)
        return reply

    async def _read_stream(self, adapter: Adapter, chunks: AsyncGenerator[bytes, None], relay: Relay) -> None:
        parser = adapter.stream()
        try:
            async for chunk in chunks:
                for delta in parser.feed(chunk):
                    relay.put(delta)
                if relay.done:
                    await _drain(chunks)
                    break
            for delta in parser.close():
                relay.put(delta)
        finally:
            relay.begun = parser.begun

    @staticmethod
    def _adapter(attempt: Attempt) -> Adapter:
        dialect = attempt.deployment.dialect
        try:
            return adapters.get(dialect, frozenset(attempt.deployment.quirks))
        except KeyError:
            raise ProviderError(
                f"there is no adapter for the dialect {dialect}", kind=FailureKind.ERROR, retryable=False
            ) from None


async def _drain(chunks: AsyncGenerator[bytes, None]) -> None:
    """What follows the provider's own end is not read, only waited for."""
    try:
        async with asyncio.timeout(DRAIN_S):
            async for _ in chunks:
                pass
    except (TimeoutError, ProviderError):
        return
