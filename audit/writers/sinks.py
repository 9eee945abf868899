"""Where the outcome of a unit goes: a thread's future, or a future of an event loop."""

import asyncio
import logging
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from audit.core.records import Committed
from audit.errors import RegisterUnavailable

logger = logging.getLogger(__name__)

Result = Committed | RegisterUnavailable


@dataclass(frozen=True, slots=True)
class FutureSink:
    future: Future[Committed]


@dataclass(frozen=True, slots=True)
class LoopSink:
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Committed]


def deliver(results: Iterable[tuple[FutureSink | LoopSink, Result]]) -> None:
    """Resolve every future; each event loop is woken once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Committed], Result]]] = {}
    for sink, result in results:
        if isinstance(sink, LoopSink):
            by_loop.setdefault(sink.loop, []).append((sink.future, result))
        else:
            _resolve(sink.future, result)
    for loop, pairs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, pairs)
        except RuntimeError:
            logger.warning("%d outcomes came after their event loop was closed.", len(pairs))


def _resolve_all(pairs: list[tuple[asyncio.Future[Committed], Result]]) -> None:
    for future, result in pairs:
        _resolve(future, result)


def _resolve(future: Future[Committed] | asyncio.Future[Committed], result: Result) -> None:
    if future.done():  # cancelled: whoever waited is gone, what was written stays
        return
    if isinstance(result, RegisterUnavailable):
        future.set_exception(result)
    else:
        future.set_result(result)
