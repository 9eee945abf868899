"""The demo's week, recorded by the code that decides and records real requests, without calling anything.

Each request is read, decided under the live release as of its own time, and written with its attempts, its
money and its entries by a register writer of its own. Every entry carries the tag `seeded`. What the register
proves of these records it proves as of any other; when they were written is in the writer's own chain.
"""

import json
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from asgiref.sync import async_to_sync

from audit.core.commitment import commit, new_salt
from audit.core.ids import uuid7
from audit.core.records import Committed, Unit
from audit.models import Request
from audit.rows import to_us
from audit.writer import GroupWriter
from billing.live import LiveMoney
from registry.directory import Consumer
from registry.selectors import live_release, load_directory
from routing import record
from routing.adapters.contract import Completion, ProviderError, Usage
from routing.admission import Admitted, lane_call
from routing.api.labels import Labels
from routing.api.wire import read_chat_request
from routing.ask import Ask, effective_class, establish
from routing.content import commitments
from routing.core.accounts import accounts_of
from routing.core.advance import advance
from routing.core.codec import plan_from
from routing.core.decide import decide
from routing.core.decision import Refusal
from routing.core.execution import FailureKind, Finished, Outcome, Start, Step
from routing.core.facts import Live
from routing.core.release import Release
from routing.detecting import examine, redact, weighed
from routing.lane import charge, checking, closing, concluding, entries
from routing.lane.attempting import text_of
from routing.lane.flight import Attempt, Flight
from routing.lane.ledger import Ledger
from routing.record import Judged
from routing.selectors import compile_release
from signalbox.demo import traffic
from signalbox.demo.traffic import Asked
from signalbox.demo_provider.chat import ChatIn, answer
from signalbox.demo_provider.faults import NONE

WORKER = "demo"
MAX_WAITING = 2_000
WRITE_TIMEOUT_S = 60.0
MS = 1_000
FIRST_TOKEN_SHARE = 0.3
# Milliseconds: before the first token, and for each token of the answer.
SPEED_MS = {
    "demo-economy": (120, 4),
    "demo-reviewer": (150, 5),
    "demo-workhorse": (260, 9),
    "demo-frontier": (520, 18),
}
FAILED_AFTER_MS = 900


def record_week(now: datetime, keys: dict[str, str]) -> int:
    """Record the week before `now`, once; how many requests. `keys` maps an application to a key's prefix."""
    if Request.objects.exists():
        return 0
    published = live_release()
    assert published is not None
    release = compile_release(published.number, published.digest, published.document)
    directory = load_directory(0)
    consumers = {name: directory.by_prefix[prefix] for name, prefix in keys.items()}
    writer = GroupWriter("seed")
    writer.start()
    try:
        return _write(writer, _units(release, consumers, now))
    finally:
        writer.stop()


def _write(writer: GroupWriter, units: Iterator[tuple[Unit, ...]]) -> int:
    waiting: list[Future[Committed]] = []
    count = 0
    for of_one in units:
        count += 1
        waiting.extend(writer.submit(unit) for unit in of_one)
        if len(waiting) >= MAX_WAITING:
            _await(waiting)
    _await(waiting)
    return count


def _await(waiting: list[Future[Committed]]) -> None:
    for future in waiting:
        assert future.result(WRITE_TIMEOUT_S) is Committed.DONE
    waiting.clear()


def _units(release: Release, consumers: dict[str, Consumer], now: datetime) -> Iterator[tuple[Unit, ...]]:
    draw = random.Random(traffic.SEED)  # noqa: S311  (invents traffic, guards nothing)
    for asked in traffic.week(now):
        ask = _ask(asked, consumers[asked.habit.application])
        judged, ask = _judge(release, ask)
        if isinstance(judged.decision, Refusal):
            end_us = ask.accepted_us + 2 * MS
            reason = judged.decision.reason.value
            yield (record.refusal(ask, judged, code=judged.decision.code, detail=reason, now_us=end_us),)
        else:
            yield _executed(asked, ask, judged, draw)


def _ask(asked: Asked, consumer: Consumer) -> Ask:
    body = {
        "model": asked.habit.model,
        "messages": [{"role": "user", "content": asked.text}],
        "stream": asked.habit.stream,
    }
    labels = Labels(asked.habit.data_class, asked.habit.task, (traffic.TAG, *asked.habit.tags))
    request_id = uuid7(to_us(asked.at) // MS)
    return Ask(request_id, to_us(asked.at), consumer, read_chat_request(json.dumps(body).encode()), labels)


def _judge(release: Release, ask: Ask) -> tuple[Judged, Ask]:
    base = effective_class(release, ask.consumer, ask.labels.data_class)
    examined = async_to_sync(examine)(release, ask)
    found = weighed(release, base, examined)
    redacted = redact(ask, examined, found.redacted)
    facts = establish(release, redacted.ask, base, found, examined.counts)
    live = Live(ask.accepted_us)
    return Judged(release, facts, live, decide(release, facts, live)), redacted.ask


def _executed(asked: Asked, ask: Ask, judged: Judged, draw: random.Random) -> tuple[Unit, ...]:
    """The claim with the first attempt, each further attempt, and the end. Calls that are made at once begin
    at the same time."""
    flight = _flight(ask, judged)
    units: list[Unit] = []
    at_us = ask.accepted_us + 3 * MS
    while not isinstance(step := _step(flight), Finished):
        starts = (step,) if isinstance(step, Start) else step.starts
        ended_us = at_us
        for start in starts:
            attempt = _attempt(flight, start, at_us + int(start.delay_s * 1_000_000))
            units.append(_begun(flight, attempt))
            _end(flight, attempt, asked, draw)
            ended_us = max(ended_us, attempt.finished_us)
        at_us = ended_us
        for check in () if isinstance(step, Start) else step.checks:
            flight.verdicts[check.path] = checking.check(flight, check)
    _tell_ended(flight)
    if flight.is_composite:
        flight.finished = step
        concluding.conclude(flight)
    end = replace(closing.end_of(flight), at_us=at_us + MS)
    units.append(closing.finish_unit(flight, end, _ledger))
    return tuple(units)


def _step(flight: Flight) -> Step:
    return advance(flight.plan, flight.outcomes, elapsed_s=0, verdicts=flight.verdicts)


def _begun(flight: Flight, attempt: Attempt) -> Unit:
    _tell_ended(flight)
    started = Unit(entries=(*flight.entries, entries.started(flight, attempt)), rows=tuple(flight.rows))
    unit = started if flight.claimed else closing.with_claim(flight, started)
    flight.claimed, flight.entries, flight.rows = True, [], []
    return unit


def _tell_ended(flight: Flight) -> None:
    """Once the gates have spoken of them."""
    for attempt in flight.ended:
        flight.entries.append(entries.finished(flight, attempt))
        flight.rows.append(entries.row(flight, attempt))
    flight.ended.clear()


def _flight(ask: Ask, judged: Judged) -> Flight:
    assert not isinstance(judged.decision, Refusal)
    plan, salt = judged.decision, new_salt()
    told = record.tell(ask, judged, {"content": commitments(salt, ask.body.request)})
    deadline_us = ask.accepted_us + int(plan.time_s * 1_000_000)
    admitted, accounts = Admitted(ask, judged, told, plan, deadline_us), accounts_of(judged.release, plan)
    call = lane_call("", admitted, salt, 0, accounts)
    # Counters are built from the ledger when the first process starts: there was no epoch of them yet.
    call = msgspec.structs.replace(call, epoch=None)
    without = plan_from({**call.plan, "candidates": ()})
    return Flight(call, ask.request_id, without, judged.release, WORKER, _nobody)


def _nobody(web_id: str, frame: object) -> None:
    """No client waits for an answer."""


def _attempt(flight: Flight, step: Start, at_us: int) -> Attempt:
    deployment = flight.release.deployments[step.call.deployment]
    attempt = Attempt(step.attempt, step.call, deployment, deployment.price_at(at_us), at_us)
    attempt.called = True
    attempt.began_us = at_us
    if flight.is_composite:
        attempt.request = checking.request_of(flight, step.call)
    flight.attempts.append(attempt)
    return attempt


def _end(flight: Flight, attempt: Attempt, asked: Asked, draw: random.Random) -> None:
    deployment = attempt.deployment
    if asked.incident and deployment.region == "us":
        _fail(flight, attempt)
    else:
        _answer(flight, attempt, asked, draw)
    attempt.charged = charge.of_attempt(
        attempt.call,
        attempt.price,
        attempt.usage,
        called=True,
        status=attempt.error.status if attempt.error else 200,
        cancelled_stream=False,
        received_bytes=0,
        at_us=attempt.finished_us,
    )
    flight.ended.append(attempt)


def _fail(flight: Flight, attempt: Attempt) -> None:
    attempt.finished_us = attempt.started_us + FAILED_AFTER_MS * MS
    attempt.error = ProviderError("Overloaded.", kind="error", retryable=True, status=503)
    _outcome(flight, attempt, ok=False, kind=FailureKind.ERROR, retryable=True)


def _answer(flight: Flight, attempt: Attempt, asked: Asked, draw: random.Random) -> None:
    deployment = attempt.deployment
    attempt.usage = Usage(input_tokens=len(asked.text) // 4, output_tokens=asked.output_tokens)
    if attempt.request is not None:
        _say(attempt, attempt.request)
    first_ms, token_ms = SPEED_MS.get(deployment.model, SPEED_MS["demo-workhorse"])
    latency_ms = (first_ms + token_ms * (attempt.usage.output_tokens or 0)) * draw.lognormvariate(0, 0.25)
    attempt.finished_us = attempt.started_us + int(latency_ms * MS)
    if asked.habit.stream:
        attempt.first_token_us = attempt.started_us + int(first_ms * FIRST_TOKEN_SHARE * MS)
    drifts = asked.drifts and deployment.model == "demo-workhorse"
    attempt.reported_model = f"{deployment.model}-2026-02" if drifts else deployment.upstream_id
    attempt.finish_reason = "stop"
    attempt.commitment = commit(flight.call.salt, "response", b"An answer that nobody kept.")
    _outcome(flight, attempt, ok=True)


def _say(attempt: Attempt, request: Mapping[str, Any]) -> None:
    """What the demo provider would have said: gates, judges and later steps read it."""
    said = answer(msgspec.convert({**request, "model": attempt.deployment.upstream_id}, ChatIn), NONE)
    message = {"role": "assistant", "content": said.content}
    choice = {"index": 0, "message": message, "finish_reason": said.finish_reason}
    attempt.usage = Usage(input_tokens=said.prompt_tokens, output_tokens=said.completion_tokens)
    attempt.completion = Completion((choice,), attempt.usage, attempt.deployment.upstream_id)


def _outcome(flight: Flight, attempt: Attempt, **how: Any) -> None:
    """How the attempt ended, for what follows it and for the record."""
    attempt.outcome = Outcome(
        attempt.call.path,
        attempt.call.deployment,
        number=attempt.number,
        text=text_of(flight, attempt),
        began_s=(attempt.began_us - flight.call.accepted_us) / 1_000_000,
        **how,
    )
    flight.outcomes.append(attempt.outcome)


class _NoMoney(LiveMoney):
    """The ledger's rows alone: there are no live counters yet."""

    def __init__(self) -> None:
        """Nothing to connect to."""


_ledger = Ledger(_NoMoney())
