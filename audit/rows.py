"""Building the writer's rows by name, so that no caller counts columns.

Values are plain (text, integers, booleans, bytes, None) and mean the same on both databases; they also
travel through msgpack as they are. Texts that come from outside are cut to their column's length.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from audit.core.canonical import canonical_json
from audit.core.ids import uuid7_hex
from audit.core.records import Row

EPOCH = datetime(1970, 1, 1)

REQUEST_COLUMNS = (
    "id",
    "accepted_at",
    "state",
    "outcome",
    "operation",
    "stream",
    "team",
    "application",
    "api_key",
    "end_user",
    "task",
    "tags",
    "requested",
    "data_class_declared",
    "data_class_detected",
    "data_class",
    "policy",
    "rule",
    "release_number",
    "decision",
    "facts",
    "queue",
    "worker",
    "deadline_at",
    "worst_case_nano",
    "reserved_epoch",
    "content_salt",
    "finished_at",
    "error_code",
    "latency_ms",
)
FINISH_COLUMNS = (
    "state",
    "finished_at",
    "outcome",
    "error_code",
    "model",
    "model_version",
    "deployment",
    "provider",
    "attempts",
    "input_tokens",
    "output_tokens",
    "cost_nano",
    "latency_ms",
    "first_token_ms",
    "fallback_used",
    "answer_path",
)
ATTEMPT_COLUMNS = (
    "id",
    "request_id",
    "number",
    "path",
    "deployment",
    "model",
    "model_version",
    "provider",
    "region",
    "endpoint_host",
    "sent_model",
    "reported_model",
    "fingerprint",
    "drift",
    "started_at",
    "finished_at",
    "latency_ms",
    "first_token_ms",
    "outcome",
    "error_kind",
    "error_message",
    "status",
    "finish_reason",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "usage_unknown",
    "cost_nano",
    "price_id",
    "price_sha256",
    "unsupported",
    "upstream_request_id",
)
CONTENT_COLUMNS = ("id", "request_id", "slot", "ciphertext")
WORKER_INDEX = REQUEST_COLUMNS.index("worker")


def timestamp(at_us: int) -> str:
    """UTC as both databases take it (connections run in UTC): `2025-11-22 06:03:11.000042`."""
    seconds, micros = divmod(at_us, 1_000_000)
    return f"{_second(seconds)}.{micros:06}" if micros else _second(seconds)


@lru_cache(maxsize=256)
def _second(at_s: int) -> str:
    return str(EPOCH + timedelta(seconds=at_s))


def from_us(at_us: int) -> datetime:
    return (EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Integer microseconds since the epoch of an aware datetime."""
    return (moment.astimezone(UTC).replace(tzinfo=None) - EPOCH) // timedelta(microseconds=1)


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, without NUL (which PostgreSQL refuses) and unpaired surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text[:limit]


def request_values(
    *,
    request_id: UUID,
    accepted_at_us: int,
    team: str = "",
    application: str = "",
    api_key: str = "",
    end_user: str = "",
    operation: str = "chat",
    stream: bool = False,
    task: str = "",
    tags: Sequence[str] = (),
    requested: str = "",
    data_class_declared: str | None = None,
    data_class_detected: str | None = None,
    data_class: str = "",
    policy: str = "",
    rule: str = "",
    release_number: int | None = None,
    decision: str = "",
    facts: str = "",
    queue: str = "",
    worker: str = "",
    deadline_at_us: int | None = None,
    worst_case_nano: int = 0,
    reserved_epoch: int | None = None,
    content_salt: bytes | None = None,
    state: str = "running",
    outcome: str = "",
    finished_at_us: int | None = None,
    error_code: str = "",
    latency_ms: int | None = None,
) -> tuple[Any, ...]:
    """Values for a Claim. A refusal is claimed with state `finished`, its outcome, time and error code."""
    return (
        request_id.hex,
        timestamp(accepted_at_us),
        state,
        outcome,
        operation,
        stream,
        clip(team, 200),
        clip(application, 200),
        clip(api_key, 64),
        clip(end_user, 256),
        clip(task, 200),
        canonical_json([clip(tag, 200) for tag in tags]).decode() if tags else "[]",
        clip(requested, 256),
        clip(data_class_declared or "", 100),
        None if data_class_detected is None else clip(data_class_detected, 100),
        clip(data_class, 100),
        clip(policy, 200),
        clip(rule, 200),
        release_number,
        decision,
        facts,
        queue,
        worker,
        None if deadline_at_us is None else timestamp(deadline_at_us),
        worst_case_nano,
        reserved_epoch,
        content_salt,
        None if finished_at_us is None else timestamp(finished_at_us),
        error_code,
        latency_ms,
    )


def claimed_by(values: Sequence[Any], *, worker: str) -> tuple[Any, ...]:
    """The same claim, by this worker: the web process builds the values before it knows who will run it."""
    return (*values[:WORKER_INDEX], worker, *values[WORKER_INDEX + 1 :])


def finish_values(
    *,
    outcome: str,
    finished_at_us: int,
    error_code: str = "",
    model: str = "",
    model_version: str = "",
    deployment: str = "",
    provider: str = "",
    attempts: int = 0,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cost_nano: int | None = None,
    latency_ms: int | None = None,
    first_token_ms: int | None = None,
    fallback_used: bool = False,
    answer_path: str | None = None,
    state: str = "finished",
) -> tuple[Any, ...]:
    """Values for a Finish."""
    return (
        state,
        timestamp(finished_at_us),
        outcome,
        error_code,
        model,
        model_version,
        deployment,
        provider,
        attempts,
        input_tokens,
        output_tokens,
        cost_nano,
        latency_ms,
        first_token_ms,
        fallback_used,
        answer_path,
    )


def attempt_row(
    *,
    request_id: UUID,
    number: int,
    path: str,
    deployment: str,
    model: str,
    model_version: str,
    provider: str,
    started_at_us: int,
    finished_at_us: int,
    outcome: str,
    sent_model: str,
    reported_model: str = "",
    fingerprint: str | None = None,
    drift: bool = False,
    region: str = "",
    endpoint_host: str = "",
    latency_ms: int | None = None,
    first_token_ms: int | None = None,
    error_kind: str = "",
    error_message: str = "",
    status: int | None = None,
    finish_reason: str | None = None,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cache_read_tokens: int | None = None,
    cache_write_tokens: int | None = None,
    reasoning_tokens: int | None = None,
    usage_unknown: bool = False,
    cost_nano: int | None = None,
    price_id: str = "",
    price_sha256: str = "",
    unsupported: Sequence[str] = (),
    upstream_request_id: str = "",
    attempt_id: UUID | None = None,
) -> Row:
    """One finished attempt."""
    return Row(
        "attempt",
        (
            attempt_id.hex if attempt_id else uuid7_hex(),
            request_id.hex,
            number,
            path,
            deployment,
            model,
            model_version,
            provider,
            region,
            clip(endpoint_host, 255),
            clip(sent_model, 256),
            clip(reported_model, 256),
            clip(fingerprint or "", 256),
            drift,
            timestamp(started_at_us),
            timestamp(finished_at_us),
            latency_ms,
            first_token_ms,
            outcome,
            clip(error_kind, 32),
            clip(error_message, 500),
            status,
            clip(finish_reason or "", 64),
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            reasoning_tokens,
            usage_unknown,
            cost_nano,
            price_id,
            price_sha256,
            canonical_json(list(unsupported)).decode() if unsupported else "[]",
            clip(upstream_request_id, 128) or None,
        ),
    )
