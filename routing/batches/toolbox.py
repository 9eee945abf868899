"""What one step of a provider batch works with: the register, the money, the provider's door, what is in
force.

The lane's own parts, in the process of a Celery worker of the same region, for as long as the step takes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from django.conf import settings

from audit.core.records import Committed, Unit
from audit.writer import GroupWriter
from billing.live import LiveMoney
from billing.pipeline import Pipeline
from registry.directory import Directory
from registry.selectors import live_release, suspensions_in_force
from routing.adapters.contract import PreparedRequest, ProviderError, Target
from routing.core.release import Deployment
from routing.lane import closing, entries
from routing.lane.credentials import Credentials
from routing.lane.drifts import Drifts
from routing.lane.executor import Executor
from routing.lane.flight import Attempt, Flight, endpoint_host, now_us
from routing.lane.health import HealthBoard
from routing.lane.lane import allowed_peer
from routing.lane.ledger import Ledger
from routing.lane.messages import Frame
from routing.lane.offloop import OffLoop
from routing.lane.places import Places
from routing.lane.providers import Prepared, Providers
from routing.lane.relay import Relay
from routing.lane.releases import Releases
from routing.lane.suspensions import Suspensions, suspended
from routing.lane.transport import Reply, Transport

SILENCE_S = 60.0  # of the provider's batch service, which answers at once


class Sender(Executor):
    """The executor's records of an attempt, for one that goes out with others and is answered hours later."""

    async def start(self, flight: Flight, attempt: Attempt) -> None:
        """Commits the intent to call. Raises AuditError."""
        attempt.started_us = now_us()
        await self.register.commit(Unit(entries=(entries.started(flight, attempt),)))

    async def finish(
        self, flight: Flight, attempt: Attempt, relay: Relay, error: ProviderError | None
    ) -> str:
        """Commits the end and settles; the outcome on record. Raises AuditError, and then nothing was
        written, or it was and the next try finds it so."""
        self._end(flight, attempt, relay, error)
        end = closing.end_of(flight)
        unit = closing.finish_unit(flight, end, self.ledger)
        if await self.register.commit(unit) is Committed.DONE:
            self.ledger.settle(flight)
            return end.outcome
        return ""

    def check(self, flight: Flight, attempt: Attempt) -> None:
        """Raises ProviderError where the call must not be made, or no longer be at its provider."""
        self.suspensions.check(flight, attempt)
        self._check_withdrawn(flight, attempt)

    def check_given(self, flight: Flight, attempt: Attempt) -> None:
        """Raises ProviderError where the answer must not be given, though it came."""
        self.suspensions.end([flight])
        if attempt.suspended:
            raise suspended(attempt.suspended)

    async def prepare(self, flight: Flight, attempt: Attempt) -> Prepared:
        return await self.providers.prepare(flight, attempt)


@dataclass(frozen=True, slots=True)
class Toolbox:
    sender: Sender
    releases: Releases
    suspensions: Suspensions
    in_thread: OffLoop
    money: LiveMoney
    _transport: Transport
    _credentials: Credentials

    async def look_up(self) -> None:
        """What is in force at this moment."""

        def read() -> None:
            published = live_release()
            if published is not None:
                self.releases.adopt(published)
            placed = list(suspensions_in_force())
            stopped = frozenset(each.subject for each in placed)
            cut = frozenset(each.subject for each in placed if each.cancel_in_flight)
            self.suspensions.adopt(Directory(0, {}, suspended=stopped, cancelled=cut))

        await self.in_thread.run(read)

    async def target(self, deployment: Deployment) -> Target:
        """For the batch service itself. Raises ProviderError where the credential can't be had."""
        secret = await self._credentials.resolve(deployment.credential, endpoint_host(deployment.base_url))
        quirks = frozenset(deployment.quirks)
        return Target(deployment.base_url, deployment.upstream_id, 0, secret, quirks=quirks)

    async def open(self, prepared: PreparedRequest) -> Reply:
        """Raises ProviderError: ConnectFailed where nothing was sent."""
        return await self._transport.open(prepared, read_timeout_s=SILENCE_S)


@asynccontextmanager
async def opened_toolbox() -> AsyncIterator[Toolbox]:
    off_loop, pipeline, register = OffLoop(), Pipeline(settings.REDIS_URL), GroupWriter("batch")
    transport, releases, suspensions = Transport(allowed=allowed_peer), Releases(off_loop.run), Suspensions()
    credentials, drifts, money = Credentials(off_loop.run), Drifts(off_loop.run), LiveMoney(pipeline)
    ledger = Ledger(money)
    sender = Sender(
        worker=register.emitter,
        register=register,
        places=Places(HealthBoard(pipeline)),
        providers=Providers(transport, credentials.resolve),
        ledger=ledger,
        suspensions=suspensions,
        drifts=drifts,
        withdrawn=releases.withdrawn,
        send=_to_nobody,
    )
    register.start()
    await pipeline.start()
    try:
        yield Toolbox(sender, releases, suspensions, off_loop, money, transport, credentials)
    finally:
        await ledger.drained()
        await drifts.drained()
        await pipeline.stop()
        await transport.close()
        register.stop()
        off_loop.close()


def _to_nobody(reply_to: str, frame: Frame) -> None:
    """Nobody waits: the answer goes into a file."""
