"""How a request begins and ends in the register: the units that are committed, and the last frame."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from audit.contents import content_row
from audit.core.records import Claim, Finish, Row, Unit
from audit.rows import REQUEST_COLUMNS, claimed_by, finish_values, timestamp
from billing.core.money import usd_text
from routing.content import slots
from routing.core.decision import Reason
from routing.core.execution import FailureKind, Outcome
from routing.core.flows import is_fallen_back
from routing.core.standing_in import stands_in
from routing.lane import entries, failures
from routing.lane.flight import Attempt, Flight, Interruption, now_us
from routing.lane.ledger import Ledger

EXPIRED = "expired"
CANCELLED_CODE = failures.code_of_kind(FailureKind.CANCELLED)[1]
UNRECORDED = ("failed", failures.UNAVAILABLE[1])
SUSPENDED_CODE = failures.code_of_kind(FailureKind.SUSPENDED)[1]
LEFT_ALONE = Reason.BREAKER_OPEN.value
_COLUMN = {name: index for index, name in enumerate(REQUEST_COLUMNS)}


@dataclass(frozen=True, slots=True)
class End:
    """How a request ended. `attempt` is the one whose answer or failure the client gets, `last` how."""

    outcome: str
    code: str
    at_us: int
    attempt: Attempt | None
    last: Outcome | None
    cost_nano: int
    input_tokens: int | None
    output_tokens: int | None


def end_of(flight: Flight) -> End:
    last = flight.final_outcome
    if last is not None and last.ok:
        outcome, code = "succeeded", ""
    elif flight.held:
        outcome, code = "held", failures.code_of(last)[1]
    elif flight.interrupted is Interruption.CANCELLED:
        outcome, code = "cancelled", CANCELLED_CODE
    elif flight.interrupted is Interruption.UNRECORDED:
        outcome, code = UNRECORDED
    elif flight.interrupted is Interruption.SUSPENDED:
        outcome, code = "failed", SUSPENDED_CODE
    elif not flight.attempts:
        outcome, code = EXPIRED, failures.expired_by(flight.plan)[1]
    else:
        outcome, code = "failed", failures.code_of(last)[1]
    return End(
        outcome,
        code,
        now_us(),
        flight.final_attempt,
        last,
        sum(attempt.cost_nano for attempt in flight.attempts),
        _total(attempt.usage.input_tokens for attempt in flight.attempts),
        _total(attempt.usage.output_tokens for attempt in flight.attempts),
    )


def withheld(end: End) -> End:
    """The end of a request whose client was told of an error, because the answer could not be recorded."""
    if end.outcome != "succeeded":
        return end
    outcome, code = UNRECORDED
    return replace(end, outcome=outcome, code=code)


def with_claim(flight: Flight, unit: Unit) -> Unit:
    """The unit with the claim in front: what was accepted, what is held, and what content is stored."""
    call = flight.call
    rows = [Row("ledger", tuple(call.ledger_values))] if call.ledger_values is not None else []
    if call.store_content:
        rows.extend(content_rows(flight, slots(call.request)))
    return Unit(
        claim=Claim(flight.request_id, claimed_by(call.claim_values, worker=flight.worker), call.epoch),
        entries=(entries.accepted(flight), *unit.entries),
        rows=(*rows, *unit.rows),
    )


def finish_unit(flight: Flight, end: End, ledger: Ledger) -> Unit:
    """The end of the request. One that was never claimed is claimed as closed: nothing was spent for it."""
    money = {"cost_nano": end.cost_nano, **ledger.summary(flight)}
    finished = entries.request_finished(
        flight, outcome=end.outcome, error_code=end.code, at_us=end.at_us, money=money
    )
    if not flight.claimed:
        return Unit(
            claim=Claim(flight.request_id, _closed(flight, end)),
            entries=(entries.accepted(flight), *flight.entries, finished),
            rows=tuple(flight.rows),
        )
    return Unit(
        finish=Finish(flight.request_id, _finish_values(flight, end)),
        entries=(*flight.entries, finished),
        rows=(*flight.rows, *ledger.rows(flight, end.at_us)),
    )


def final_frame(flight: Flight, end: End) -> tuple[str, bytes, dict[str, Any]]:
    """(kind, payload, meta) of the last frame."""
    meta = {
        **flight.served,
        "outcome": end.outcome,
        "attempts": len(flight.attempts),
        "cost_nano": flight.cost_nano,
        "input_tokens": end.input_tokens,
        "output_tokens": end.output_tokens,
    }
    if end.outcome == "succeeded":
        if flight.call.stream:
            flight.send_head()
        return "done", flight.final, meta
    if flight.held:
        return "error", failures.held(flight.call.request_id), meta
    if flight.interrupted is Interruption.SUSPENDED:
        return "error", failures.suspended(end.attempt), meta
    if flight.interrupted is Interruption.UNRECORDED:
        return "error", failures.unavailable(), meta
    meta["upstream"] = failures.upstream(end.attempt)
    return "error", failures.error_payload(end.attempt, end.last, failures.expired_by(flight.plan)), meta


def served(flight: Flight, attempt: Attempt) -> dict[str, Any]:
    """Who serves the request, as the first part of an answer and its headers say."""
    deployment = attempt.deployment
    return {
        "model": deployment.model,
        "model_version": deployment.version,
        "deployment": deployment.name,
        "provider": deployment.provider,
        "attempts": len(flight.attempts),
        "fallback": _stands_in(flight, attempt.call.path),
        "unsupported": list(attempt.unsupported),
        "prepared": attempt.input.get("prepared", []),
    }


def told(flight: Flight, attempt: Attempt) -> dict[str, Any]:
    """What a stream's usage chunk says of the request, whose answer is that of `attempt`."""
    deployment = attempt.deployment
    return {
        "request_id": flight.call.request_id,
        "model_version": deployment.version,
        "deployment": deployment.name,
        "provider": deployment.provider,
        "attempts": len(flight.attempts),
        "cost_usd": usd_text(flight.cost_nano),
    }


def content_rows(flight: Flight, contents: Mapping[str, bytes]) -> list[Row]:
    """Encrypted content; only for classes of data that store it."""
    return [
        content_row(request_id=flight.request_id, slot=slot, content=content)
        for slot, content in contents.items()
    ]


def _finish_values(flight: Flight, end: End) -> tuple[Any, ...]:
    deployment = end.attempt.deployment if end.attempt else None
    first_token_us = end.attempt.first_token_us if end.attempt else None
    accepted_us = flight.call.accepted_us
    return finish_values(
        outcome=end.outcome,
        finished_at_us=end.at_us,
        error_code=end.code,
        model=deployment.model if deployment else "",
        model_version=deployment.version if deployment else "",
        deployment=deployment.name if deployment else "",
        provider=deployment.provider if deployment else "",
        attempts=len(flight.attempts),
        input_tokens=end.input_tokens,
        output_tokens=end.output_tokens,
        cost_nano=end.cost_nano,
        latency_ms=(end.at_us - accepted_us) // 1000,
        first_token_ms=None if first_token_us is None else (first_token_us - accepted_us) // 1000,
        fallback_used=_is_fallback(flight),
        answer_path=end.last.path if end.last is not None and end.last.ok else None,
    )


def _is_fallback(flight: Flight) -> bool:
    last = flight.final_outcome
    return last is not None and _stands_in(flight, last.path)


def _stands_in(flight: Flight, path: str) -> bool:
    """Whether the call at `path` answers because another had failed, or was left alone since it kept failing.
    What does not pass and is escalated has not."""
    if flight.is_composite:
        if is_fallen_back(flight.plan.root, path):
            return True
    elif any(attempt.call.path != path for attempt in flight.attempts):
        return True
    judged = flight.call.plan.get("candidates", ())
    if len(judged) < 2:
        return False
    failing = frozenset(name for name, *why in judged if why and why[0] == LEFT_ALONE)
    plan = flight.plan
    return bool(failing) and stands_in(flight.release, plan.policy, plan.rule, path, failing)


def _closed(flight: Flight, end: End) -> tuple[Any, ...]:
    values = list(claimed_by(flight.call.claim_values, worker=flight.worker))
    closed = {
        "state": "finished",
        "outcome": end.outcome,
        "finished_at": timestamp(end.at_us),
        "error_code": end.code,
        "latency_ms": (end.at_us - flight.call.accepted_us) // 1000,
    }
    for name, value in closed.items():
        values[_COLUMN[name]] = value
    return tuple(values)


def _total(counts: Any) -> int | None:
    """The sum of those that are known; None where none is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
