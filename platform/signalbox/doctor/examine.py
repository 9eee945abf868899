"""Runs the probes one after the other, each in a thread of its own, so that none can hang the rest."""

import threading
from collections.abc import Iterator, Mapping

import redis
from django.db import DatabaseError, connections

from signalbox.doctor.report import Line, Probe, broken
from signalbox.logs import redact

PROBE_TIMEOUT_S = 10.0


def examine(probes: Mapping[str, Probe], *, timeout_s: float = PROBE_TIMEOUT_S) -> Iterator[tuple[str, Line]]:
    """(subject, line) of each probe; one that fails or takes longer than `timeout_s` is broken."""
    for subject, probe in probes.items():
        for line in _within(probe, timeout_s):
            yield subject, line


def _within(probe: Probe, timeout_s: float) -> list[Line]:
    said: list[Line] = []
    thread = threading.Thread(target=_ask, args=(probe, said), daemon=True)
    thread.start()
    thread.join(timeout_s)
    if thread.is_alive():
        return [*said, broken(f"no answer within {timeout_s:g} s")]
    return said


def _ask(probe: Probe, said: list[Line]) -> None:
    try:
        for line in probe():
            said.append(line)  # what was said before a failure is kept
    except (DatabaseError, redis.RedisError, OSError) as error:
        said.append(broken(f"{type(error).__name__}: {redact(str(error)).strip()}"))
    finally:
        connections.close_all()
