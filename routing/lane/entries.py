"""The register entries of an execution, as canonical bodies.

Never content: of an answer only its salted commitment, of a provider's error only its kind, status and
code, since its words may quote the prompt.
"""

from typing import Any

from audit.core.records import Entry, Row
from audit.encoding import canonical
from audit.rows import attempt_row, clip
from routing.core.parts import ANSWER
from routing.gates import Asked
from routing.lane.flight import Attempt, Flight, endpoint_host

SCHEMA = 1
MAX_UNSUPPORTED = 32
MAX_NAME_CHARS = 256
MAX_UPSTREAM_ID_CHARS = 128
MAX_GATES_TOLD = 16
MAX_NOTES = 40
MAX_NOTE_CHARS = 200


def accepted(flight: Flight) -> Entry:
    """As the web process wrote it: who, what was known, what was decided, what is held."""
    return Entry("request.accepted", flight.request_id, flight.call.accepted_us, flight.call.accepted_body)


def started(flight: Flight, attempt: Attempt) -> Entry:
    """Committed before the provider is called."""
    body = {
        **_common(flight),
        "attempt": {"number": attempt.number, "path": attempt.call.path, **_role(attempt)},
        "model": _model(flight, attempt),
        "money": {"price": _price(attempt), "worst_case_nano": attempt.call.worst_case_nano},
        "use": {"unsupported": list(attempt.unsupported[:MAX_UNSUPPORTED])},
    }
    if attempt.input:
        body["input"] = attempt.input
    return Entry("attempt.started", flight.request_id, attempt.started_us, canonical(body))


def finished(flight: Flight, attempt: Attempt) -> Entry:
    body = {
        **_common(flight),
        "attempt": _attempt(attempt),
        "outcome": _outcome(attempt),
        "model": _model(flight, attempt),
        "use": _use(attempt),
        "money": {
            "price": _price(attempt),
            "cost_nano": attempt.cost_nano,
            "charge": attempt.charged.told(),
        },
        "content": {"response": attempt.commitment} if attempt.commitment else {},
    }
    if attempt.allowance is not None:
        body["allowance"] = {"requests": attempt.allowance.requests, "tokens": attempt.allowance.tokens}
    if attempt.detections:
        body["detection"] = {"answer": attempt.detections}
    if attempt.input:
        body["input"] = attempt.input
    if attempt.output:
        body["output"] = attempt.output
    return Entry("attempt.finished", flight.request_id, attempt.finished_us, canonical(body))


def request_finished(
    flight: Flight, *, outcome: str, error_code: str, at_us: int, money: dict[str, Any]
) -> Entry:
    """The end of the request: what it came to, and what was settled and released."""
    last = flight.final_attempt
    body: dict[str, Any] = {
        **_common(flight),
        "outcome": {"outcome": outcome, "code": error_code},
        "attempts": len(flight.attempts),
        "latency_ms": (at_us - flight.call.accepted_us) // 1000,
        "money": money,
    }
    if last is not None:
        body["model"] = _model(flight, last)
        body["use"] = _use(last)
        if last.detections:
            body["detection"] = {"answer": last.detections}
        if flight.commitment or last.commitment:
            body["content"] = {"response": flight.commitment or last.commitment}
    if flight.is_composite:
        body["route"] = _route(flight)
    return Entry("request.finished", flight.request_id, at_us, canonical(body))


def row(flight: Flight, attempt: Attempt) -> Row:
    """The attempt's row, for lists and the dossier."""
    deployment, usage, outcome, error = attempt.deployment, attempt.usage, attempt.outcome, attempt.error
    assert outcome is not None
    return attempt_row(
        request_id=flight.request_id,
        number=attempt.number,
        path=attempt.call.path,
        deployment=deployment.name,
        model=deployment.model,
        model_version=deployment.version,
        provider=deployment.provider,
        region=deployment.region,
        endpoint_host=endpoint_host(deployment.base_url),
        sent_model=deployment.upstream_id,
        reported_model=attempt.reported_model,
        fingerprint=attempt.fingerprint,
        drift=attempt.drift,
        started_at_us=attempt.started_us,
        finished_at_us=attempt.finished_us,
        latency_ms=attempt.latency_ms,
        first_token_ms=attempt.first_token_ms,
        outcome=_ended(attempt),
        error_kind=outcome.kind.value if outcome.kind else "",
        error_message=str(error) if error else "",
        status=(error.status or None) if error else 200,
        finish_reason=attempt.finish_reason,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        usage_unknown=attempt.usage_unknown,
        cost_nano=attempt.cost_nano,
        price_id=attempt.call.price_id,
        price_sha256=attempt.price.sha256 if attempt.price else "",
        unsupported=attempt.unsupported[:MAX_UNSUPPORTED],
        upstream_request_id=attempt.upstream_request_id,
    )


def _common(flight: Flight) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "who": flight.call.who,
        "request": {"id": flight.call.request_id, "worker": flight.worker},
        "release": flight.call.release,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    value: dict[str, Any] = {
        "number": attempt.number,
        "path": attempt.call.path,
        "called": attempt.called,
        **_role(attempt),
    }
    if attempt.gates:
        value["gates"] = [_gate(asked) for asked in attempt.gates[:MAX_GATES_TOLD]]
    if attempt.provider_batch:
        value["provider_batch"] = clip(attempt.provider_batch, MAX_UPSTREAM_ID_CHARS)
    if attempt.upstream_request_id:
        value["upstream_request_id"] = clip(attempt.upstream_request_id, MAX_UPSTREAM_ID_CHARS)
    return value


def _model(flight: Flight, attempt: Attempt) -> dict[str, Any]:
    """Four names, kept apart: requested, decided, sent, reported."""
    deployment = attempt.deployment
    value: dict[str, Any] = {
        "requested": clip(str(flight.call.request.get("model", "")), MAX_NAME_CHARS),
        "model": deployment.model,
        "version": deployment.version,
        "deployment": deployment.name,
        "provider": deployment.provider,
        "region": deployment.region,
        "endpoint_host": endpoint_host(deployment.base_url),
        "sent": deployment.upstream_id,
    }
    if attempt.finished_us:
        value["reported"] = clip(attempt.reported_model, MAX_NAME_CHARS)
        value["fingerprint"] = clip(attempt.fingerprint or "", MAX_NAME_CHARS)
        value["drift"] = attempt.drift
    return value


def _price(attempt: Attempt) -> dict[str, str]:
    return {"id": attempt.call.price_id, "sha256": attempt.price.sha256 if attempt.price else ""}


def _use(attempt: Attempt) -> dict[str, Any]:
    usage = attempt.usage
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cache_read": usage.cache_read_tokens,
        "cache_write": usage.cache_write_tokens,
        "reasoning": usage.reasoning_tokens,
        "usage_unknown": attempt.usage_unknown,
        "finish_reason": clip(attempt.finish_reason, 64),
        "latency_ms": attempt.latency_ms,
        "first_token_ms": attempt.first_token_ms,
        "unsupported": list(attempt.unsupported[:MAX_UNSUPPORTED]),
    }


def _role(attempt: Attempt) -> dict[str, str]:
    """What the call was for, where it is not to answer."""
    return {} if attempt.call.role == ANSWER else {"role": attempt.call.role}


def _gate(asked: Asked) -> dict[str, Any]:
    said = asked.said
    value: dict[str, Any] = {"gate": asked.gate, "score": said.score, "passed": said.passed}
    return {**value, "reason": clip(said.reason, MAX_NOTE_CHARS)} if said.reason else value


def _route(flight: Flight) -> dict[str, Any]:
    """What the nodes of the route came to: why each moved on, and whose answer it is."""
    finished = flight.finished
    notes = finished.notes[:MAX_NOTES] if finished else ()
    value: dict[str, Any] = {
        "notes": [
            {"path": note.path, "what": note.what, "detail": clip(note.detail, MAX_NOTE_CHARS)}
            for note in notes
        ]
    }
    if finished is not None and finished.outcome is not None:
        value["answer"] = {"path": finished.outcome.path, "attempt": finished.outcome.number}
        if finished.outcome.kind is not None:
            value["answer"]["kind"] = finished.outcome.kind.value
        if finished.made is not None:
            value["answer"]["made"] = True
    return value


def _outcome(attempt: Attempt) -> dict[str, Any]:
    outcome, error = attempt.outcome, attempt.error
    assert outcome is not None
    value: dict[str, Any] = {"outcome": _ended(attempt)}
    if outcome.kind is not None:
        value["kind"] = outcome.kind.value
        value["emitted"] = outcome.emitted
    if error is not None:
        value["status"] = error.status
        value["code"] = clip(error.code, 100)
    return value


def _ended(attempt: Attempt) -> str:
    assert attempt.outcome is not None
    if attempt.outcome.ok:
        return "ok"
    return "cancelled" if attempt.outcome.kind in ("cancelled", "superseded") else "failed"
