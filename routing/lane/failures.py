"""From how an attempt failed to what the client is told: a stable code, a status, words.

A provider's own words go to the client only where they speak of its request; elsewhere they could tell
of our account.
"""

from typing import Any

import msgspec

from routing.core.decision import Plan
from routing.core.execution import FailureKind, Outcome
from routing.lane.flight import Attempt

_CODES: dict[FailureKind, tuple[int, str]] = {
    FailureKind.ERROR: (502, "upstream_error"),
    FailureKind.TIMEOUT: (504, "upstream_timeout"),
    FailureKind.RATE_LIMIT: (503, "upstream_rate_limited"),
    FailureKind.CONTEXT_OVERFLOW: (400, "context_length_exceeded"),
    FailureKind.CONTENT_FILTER: (400, "content_filter"),
    FailureKind.BREAKER_OPEN: (502, "upstream_error"),
    FailureKind.CAPACITY: (503, "busy"),
    FailureKind.STREAM_CUT: (502, "upstream_error"),
    FailureKind.INVALID_REQUEST: (400, "upstream_rejected"),
    FailureKind.AUTHENTICATION: (502, "upstream_error"),
    FailureKind.NOT_FOUND: (502, "upstream_error"),
    FailureKind.UNSUPPORTED: (400, "unsupported_parameter"),
    FailureKind.CANCELLED: (499, "request_cancelled"),
    FailureKind.OUTPUT_BLOCKED: (403, "output_blocked"),
    FailureKind.OUTPUT_INVALID: (422, "output_invalid"),
    FailureKind.DISAGREEMENT: (422, "no_agreement"),
    FailureKind.HELD: (422, "held_for_review"),
    FailureKind.SUPERSEDED: (502, "upstream_error"),
    FailureKind.LATENCY_BUDGET: (504, "latency_budget_exceeded"),
    FailureKind.SUSPENDED: (403, "suspended"),
}
_MESSAGES: dict[FailureKind, str] = {
    FailureKind.BREAKER_OPEN: "The provider has been failing and is not called for a while.",
    FailureKind.CAPACITY: "The deployment's own limit is reached.",
    FailureKind.STREAM_CUT: "The provider's stream broke before its end.",
    FailureKind.TIMEOUT: "The provider did not answer in time.",
    FailureKind.LATENCY_BUDGET: "What the route needs did not fit into the latency budget.",
    FailureKind.RATE_LIMIT: "The provider is rate limiting us.",
    FailureKind.AUTHENTICATION: "The provider refused our credential. An administrator has to look at it.",
    FailureKind.NOT_FOUND: (
        "The provider knows no such model or address. An administrator has to look at the deployment."
    ),
    FailureKind.CANCELLED: "The client left before the answer was complete.",
    FailureKind.OUTPUT_INVALID: "No answer passed what the route asks of it.",
    FailureKind.DISAGREEMENT: "The models that were asked did not come to one answer.",
}
_NOT_CALLED = "It was suspended after this request was decided, so no call was made."
_CALL_ENDED = "It was suspended while this request ran, so the call was ended; what it used is settled."
_TOLD = frozenset(
    {
        FailureKind.INVALID_REQUEST,
        FailureKind.CONTEXT_OVERFLOW,
        FailureKind.CONTENT_FILTER,
        FailureKind.UNSUPPORTED,
        FailureKind.OUTPUT_BLOCKED,
        FailureKind.OUTPUT_INVALID,
    }
)
UNAVAILABLE = (503, "service_unavailable")
RETRY_AFTER_S = 1.0
ANSWER_LOST = (502, "answer_lost")
EXPIRED = (504, "upstream_timeout")


def code_of(outcome: Outcome | None) -> tuple[int, str]:
    """(status, code) of a request that ended with `outcome`; None where there was no time for one."""
    return EXPIRED if outcome is None or outcome.kind is None else _CODES[outcome.kind]


def code_of_kind(kind: FailureKind) -> tuple[int, str]:
    return _CODES[kind]


def expired_by(plan: Plan) -> tuple[int, str]:
    """(status, code) of a request for which there was no time at all."""
    return EXPIRED if plan.latency_budget_ms is None else _CODES[FailureKind.LATENCY_BUDGET]


def error_payload(
    attempt: Attempt | None, outcome: Outcome | None, expired: tuple[int, str] = EXPIRED
) -> bytes:
    """What the client is told of a request that ended with `outcome`, as `attempt` came to it."""
    status, code = code_of(outcome)
    if outcome is None or outcome.kind is None:
        status, code = expired
        return payload(status, code, "The deadline passed before a provider could be called.")
    if outcome.kind is FailureKind.SUSPENDED:
        return suspended(attempt)
    told = str(attempt.error) if outcome.kind in _TOLD and attempt and attempt.error else ""
    message = told or _MESSAGES.get(outcome.kind, "The provider failed.")
    return payload(status, code, message, outcome.retry_after_s)


def upstream(attempt: Attempt | None) -> str:
    """“404 not_found”: how the provider failed, and its status if it gave one; "" where it did not fail."""
    if attempt is None or attempt.error is None or not attempt.called:
        return ""
    return f"{attempt.error.status or ''} {attempt.error.kind}".strip()


def suspended(attempt: Attempt | None) -> bytes:
    called = attempt is not None and attempt.called
    return payload(*_CODES[FailureKind.SUSPENDED], _CALL_ENDED if called else _NOT_CALLED)


def held(request_id: str) -> bytes:
    message = (
        f"The answer waits for a person to review it: GET /v1/requests/{request_id} says what became of it."
    )
    return payload(*_CODES[FailureKind.HELD], message)


def unavailable() -> bytes:
    return payload(*UNAVAILABLE, "The register can't be written, so nothing may be done.", RETRY_AFTER_S)


def internal() -> bytes:
    return payload(500, "internal_error", "A defect of ours; it was logged under the request id.")


def lost() -> bytes:
    return payload(*ANSWER_LOST, "The request was closed before its answer was complete.")


def payload(status: int, code: str, message: str, retry_after_s: float | None = None) -> bytes:
    value: dict[str, Any] = {
        "status": status,
        "code": code,
        "message": message,
        "retry_after_s": retry_after_s,
    }
    return msgspec.json.encode(value)
