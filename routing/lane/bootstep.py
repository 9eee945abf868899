"""The lane inside an ordinary `celery worker`: two bootsteps and their options.

celery -A signalbox.celery worker --lanes eu,us            background tasks, and the lanes eu and us
celery -A signalbox.celery worker --no-lane                background tasks alone
celery -A signalbox.celery worker --pool threads --with-beat    the periodic tasks as well, in a thread
"""

import asyncio
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import click
import uvloop
from celery import Celery, bootsteps
from celery.beat import EmbeddedService
from django.conf import settings

from routing import memory
from routing.lane.messages import BATCH_QUEUE

if TYPE_CHECKING:
    from routing.lane.lane import Lane

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 60.0  # the lane's own bounds, and the writers' behind them


class LaneThread:
    """One lane on one uvloop in one thread."""

    def __init__(self, queues: list[str]) -> None:
        self._queues = queues
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lane: Lane | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="lane", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(START_TIMEOUT_S)

    def stop(self) -> None:
        """Returns when calls in flight have ended or were closed."""
        if self._loop is not None and self._lane is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._lane.stop)
        self._thread.join(STOP_TIMEOUT_S)

    def _main(self) -> None:
        """The thread's outermost boundary: a worker whose lane broke stops, and is started anew."""
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._run())
        except Exception:
            logger.critical("the lane broke; the worker stops", exc_info=True)
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            self._ready.set()

    async def _run(self) -> None:
        from routing.lane.lane import Lane  # after Django's start: Celery imports this module before it

        self._loop = asyncio.get_running_loop()
        self._lane = Lane(self._queues, url=settings.REDIS_URL, max_in_flight=settings.LANE_MAX_IN_FLIGHT)
        memory.settle()
        self._ready.set()
        logger.info("lane open", extra={"queues": self._queues, "worker": self._lane.worker})
        await self._lane.run()


class LaneStep(bootsteps.StartStopStep):
    """Starts with the worker; a warm shutdown waits for it."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, lanes: str | None = None, no_lane: bool = False, **options: Any) -> None:
        super().__init__(parent, **options)
        named = [name.strip() for name in lanes.split(",")] if lanes else settings.LANE_QUEUES
        self._queues = [name for name in named if name]
        self.enabled = bool(self._queues) and not no_lane

    def create(self, parent: Any) -> Any:
        for name in self._queues:  # what goes out in batches leaves from the same region
            parent.app.amqp.queues.select_add(BATCH_QUEUE + name)
        return LaneThread(self._queues)


class BeatStep(bootsteps.StartStopStep):
    """Celery's beat in a thread of the worker, for one host with one worker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, with_beat: bool = False, **options: Any) -> None:
        super().__init__(parent, **options)
        self.enabled = with_beat

    def create(self, parent: Any) -> Any:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        return EmbeddedService(
            parent.app, thread=True, schedule_filename=str(settings.DATA_DIR / "beat-schedule")
        )


def install(app: Celery) -> None:
    """Give `app`'s workers the steps and their options."""
    app.steps["worker"].update({LaneStep, BeatStep})
    app.user_options["worker"].update(
        {
            click.Option(("--lanes",), help="Lanes to serve, by comma; SIGNALBOX_LANES unless given."),
            click.Option(("--no-lane",), is_flag=True, help="Serve no lane."),
            click.Option(("--with-beat",), is_flag=True, help="Run the periodic tasks too, in a thread."),
        }
    )
