"""Rows of the register, as workers write them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from audit.core.ids import uuid7
from audit.models import Attempt, Request

Told = Callable[..., UUID]


@pytest.fixture
def told(db: None) -> Told:
    """`told(now, 5, model="m")` is a request that was answered five minutes ago, with one attempt of it."""

    def make(now: datetime, minutes_ago: float, *, error_kind: str = "", **fields: object) -> UUID:
        at = now - timedelta(minutes=minutes_ago)
        ident = uuid7(int(at.timestamp() * 1000))
        took: dict[str, Any] = {
            name: fields.pop(name) for name in ("first_token_ms", "output_tokens") if name in fields
        }
        latency_ms: Any = fields.pop("latency_ms", 100)
        served = {"deployment": "d", "model": "m", "provider": "p", **fields}
        Request.objects.create(
            id=ident,
            accepted_at=at,
            finished_at=at,
            state="finished",
            outcome="failed" if error_kind else "succeeded",
            operation="chat",
            latency_ms=latency_ms,
            **served,
        )
        Attempt.objects.create(
            id=uuid7(int(at.timestamp() * 1000)),
            request_id=ident,
            number=1,
            path="0",
            **{name: served[name] for name in ("deployment", "model", "provider")},
            model_version="v1",
            sent_model="m-1",
            started_at=at,
            finished_at=at,
            latency_ms=latency_ms,
            outcome="failed" if error_kind else "ok",
            error_kind=error_kind,
            **took,
        )
        return ident

    return make
