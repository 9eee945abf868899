"""The lane: reads calls from its streams and keeps many in flight on one event loop.

It reads only while there is room, so what can't be run now stays in the stream, where another worker may
take it, and where its length tells the web processes to refuse. Every loop outlives a lost or emptied Valkey.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from audit.errors import AuditError
from audit.writer import GroupWriter
from billing.errors import BillingError
from billing.live import LiveMoney
from billing.pipeline import Pipeline
from registry.core.endpoints import address_allowed, host_named
from registry.directory import Directory
from registry.watch import Watcher
from routing.lane import abandon, failures
from routing.lane.answers import Answers
from routing.lane.cancels import Cancels
from routing.lane.credentials import Credentials
from routing.lane.drifts import Drifts
from routing.lane.executor import Executor
from routing.lane.flight import Flight, Interruption
from routing.lane.health import HealthBoard
from routing.lane.inflow import BLOCK_MS, Delivery, Inflow
from routing.lane.ledger import Ledger
from routing.lane.messages import Frame, LaneCall
from routing.lane.offloop import OffLoop
from routing.lane.places import Places
from routing.lane.providers import Providers
from routing.lane.releases import Releases
from routing.lane.strays import Strays
from routing.lane.suspensions import Suspensions
from routing.lane.transport import Transport

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 1.0
TAKE_OVER_EVERY_S = 3.0
STRAYS_EVERY_S = 5.0
ACKNOWLEDGE_AFTER_S = 0.005
RETRY_S = (0.05, 0.1, 0.25, 0.5, 1.0)  # the last is repeated
STOP_GRACE_S = 20.0  # for calls in flight, when the worker is asked to stop
STOP_CLOSE_S = 20.0  # for closing those that are left


class Lane:
    """One worker's lane. `run` returns after `stop`; everything runs on the loop that called `run`."""

    def __init__(
        self,
        queues: Sequence[str],
        *,
        url: str,
        max_in_flight: int,
        stop_grace_s: float = STOP_GRACE_S,
    ) -> None:
        self._max_in_flight = max_in_flight
        self._stop_grace_s = stop_grace_s
        self._redis = redis.asyncio.Redis.from_url(url)
        self._blocking = Pipeline(url, timeout_s=BLOCK_MS / 1000 + 2)
        self._pipeline = Pipeline(url)
        self.register = GroupWriter("worker")
        self.worker = self.register.emitter
        self._off_loop = OffLoop()
        self._releases = Releases(self._off_loop.run)
        self._suspensions = Suspensions()
        self._watcher = Watcher(self._releases.adopt, self._adopt)
        self._inflow = Inflow(
            queues=queues, worker=self.worker, blocking=self._blocking, pipeline=self._pipeline
        )
        self.answers = Answers(lambda channel, data: self._pipeline.execute("PUBLISH", channel, data))
        self._cancels = Cancels(self._cancel, self._watcher.check_now)
        self._drifts = Drifts(self._off_loop.run)
        self._transport = Transport(allowed=allowed_peer)
        self._ledger = Ledger(LiveMoney(self._pipeline))
        self._places = Places(HealthBoard(self._pipeline))
        self._executor = Executor(
            worker=self.worker,
            register=self.register,
            places=self._places,
            providers=Providers(self._transport, Credentials(self._off_loop.run).resolve),
            ledger=self._ledger,
            suspensions=self._suspensions,
            drifts=self._drifts,
            withdrawn=self._withdrawn,
            send=self.answers.send,
        )
        self._carried: set[str] = set()  # from the delivery on
        self._flights: dict[str, Flight] = {}
        self._strays = Strays(
            self.worker,
            self._carried,
            register=self.register,
            ledger=self._ledger,
            off_loop=self._off_loop,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._acknowledge = asyncio.Event()
        self._stop = asyncio.Event()
        self.running = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return len(self._tasks)

    def stop(self) -> None:
        """Read no more; what is in flight may end. From the lane's own loop."""
        self._stop.set()
        self._room.set()

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.register.start()
        await asyncio.to_thread(self._watcher.start)
        await self._pipeline.start()
        await self._blocking.start()
        loops = [
            asyncio.create_task(self._forever(self._beat, BEAT_EVERY_S)),
            asyncio.create_task(self._forever(self._take_over, TAKE_OVER_EVERY_S)),
            asyncio.create_task(self._forever(self._strays.close_all, STRAYS_EVERY_S)),
            asyncio.create_task(self._forever(self._acknowledge_done, 0)),
            asyncio.create_task(self._forever(lambda: self._cancels.listen(self._redis), 0)),
        ]
        try:
            await self._read_all()
            await self._land()
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self._close()

    async def _read_all(self) -> None:
        failures_in_a_row = 0
        while not self._stop.is_set():
            try:
                await self._read()
                failures_in_a_row = 0
            except BillingError as error:
                await self._pause_after(error, failures_in_a_row)
                failures_in_a_row += 1

    async def _read(self) -> None:
        room = self._max_in_flight - self.in_flight
        if room <= 0:
            self._room.clear()
            await self._room.wait()
            return
        if not self.running.is_set():
            await self._inflow.beat()  # before the first read, so that nobody takes us for dead
            await self._inflow.make_groups()
            self.running.set()
        for delivery in await self._inflow.read(room):
            self._accept(delivery)

    def _accept(self, delivery: Delivery) -> None:
        if delivery.call is None or delivery.call.request_id in self._carried:
            self._done(delivery)
            return
        self._carried.add(delivery.call.request_id)
        task = asyncio.get_running_loop().create_task(self._carry(delivery, delivery.call))
        self._tasks.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._room.set()

    async def _carry(self, delivery: Delivery, call: LaneCall) -> None:
        """One call from its delivery to its end: the outermost boundary of what runs for it."""
        try:
            if delivery.taken_over and await self._close_abandoned(call):
                return
            release = await self._releases.get(call.release)
            taken = self._flights[call.request_id] = self._executor.flight(call, release)
            if self._cancels.heard(call.request_id):
                taken.interrupt(Interruption.CANCELLED)
            await self._executor.run(taken)
        except (DatabaseError, AuditError) as error:
            logger.error("a call can't be taken", extra={"request_id": call.request_id, "error": str(error)})
            self.answers.send(call.reply_to, Frame(call.request_id, "error", failures.unavailable()))
        except Exception:
            logger.exception("a call broke", extra={"request_id": call.request_id})
            self.answers.send(call.reply_to, Frame(call.request_id, "error", failures.internal()))
        finally:
            self._carried.discard(call.request_id)
            flight = self._flights.pop(call.request_id, None)
            if flight is None or not flight.is_left_to_others:
                self._done(delivery)

    def _done(self, delivery: Delivery) -> None:
        self._inflow.done(delivery)
        self._acknowledge.set()

    async def _close_abandoned(self, call: LaneCall) -> bool:
        """Whether the call that a dead worker had needs no run: somebody has claimed it."""
        alive = await self._inflow.alive()
        left = await self._off_loop.run(
            lambda: abandon.left_behind(call.request_id, alive=alive, by=self.worker)
        )
        if left is None:
            return False
        if left.closing is None:
            return True
        if await self._strays.close(left.closing):
            self.answers.send(call.reply_to, Frame(call.request_id, "error", failures.lost()))
        return True

    def _withdrawn(self, deployment: str, data_class: str) -> str | None:
        if not self._watcher.fresh:
            return "the registry can't be read, so the deployment may have been withdrawn"
        return self._releases.withdrawn(deployment, data_class)

    def _adopt(self, directory: Directory) -> None:
        """The watcher's callback, in its thread: what is suspended is not called from here on."""
        self._suspensions.adopt(directory)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_suspended)

    def _end_suspended(self) -> None:
        self._suspensions.end(tuple(self._flights.values()))

    def _cancel(self, request_id: str) -> None:
        flight = self._flights.get(request_id)
        if flight is not None:
            flight.interrupt(Interruption.CANCELLED)

    async def _beat(self) -> None:
        await self._inflow.beat()

    async def _take_over(self) -> None:
        if self._stop.is_set():
            return
        for delivery in await self._inflow.take_over():
            self._accept(delivery)

    async def _acknowledge_done(self) -> None:
        await self._acknowledge.wait()
        await asyncio.sleep(ACKNOWLEDGE_AFTER_S)
        self._acknowledge.clear()
        try:
            await self._inflow.acknowledge()
        except BillingError:
            self._acknowledge.set()
            raise

    async def _forever(self, step: Callable[[], Awaitable[None]], every_s: float) -> None:
        """Until cancelled. What Valkey can't do now is tried again."""
        failures_in_a_row = 0
        while True:
            try:
                await step()
                failures_in_a_row = 0
            except (BillingError, RedisError, OSError) as error:
                await self._pause_after(error, failures_in_a_row)
                failures_in_a_row += 1
                continue
            await asyncio.sleep(every_s)

    async def _pause_after(self, error: Exception, failures_in_a_row: int) -> None:
        if failures_in_a_row == 0:
            logger.warning("Valkey can't be used", extra={"error": f"{type(error).__name__}: {error}"})
        await asyncio.sleep(RETRY_S[min(failures_in_a_row, len(RETRY_S) - 1)])

    async def _land(self) -> None:
        """Let calls end; close those that don't."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=self._stop_grace_s)
        for flight in tuple(self._flights.values()):
            flight.interrupt(Interruption.SHUTDOWN)
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=STOP_CLOSE_S)

    async def _close(self) -> None:
        await self._ledger.drained()
        await self._drifts.drained()
        await self._places.drained()
        await self.answers.drained()
        try:
            await self._inflow.acknowledge()
            await self._inflow.leave()
        except BillingError as error:
            logger.warning("left without a word", extra={"error": type(error).__name__})
        await self._pipeline.stop()
        await self._blocking.stop()
        await self._redis.aclose()
        await self._transport.close()
        await asyncio.to_thread(self._watcher.stop)
        await asyncio.to_thread(self.register.stop)
        self._off_loop.close()


def allowed_peer(host: str, port: int, address: str) -> bool:
    """Whether a connection for `host` may go to `address`: public, unless the host was allowed by name."""
    shown = f"[{host}]" if ":" in host else host
    named = host_named(f"https://{shown}:{port}", settings.INSECURE_ENDPOINT_HOSTS)
    return address_allowed(address, named)
