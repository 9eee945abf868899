"""A release with a few deployments at one fake provider, calls decided by hand, and the web side's ear."""

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import msgspec
import redis.asyncio

from audit.core.canonical import canonical_json
from audit.core.ids import uuid7
from audit.rows import request_values
from billing.live import PAYLOAD_FIELD
from billing.rows import Dimensions, reserved_row
from registry.selectors import PublishedRelease
from routing.core.codec import decision_value
from routing.core.decision import Call, FallbackPlan, Plan
from routing.lane.messages import ANSWER_PREFIX, CANCEL_CHANNEL, LaneCall, decode_frames, encode_call

WEB = "web-1"
QUEUE = "default"
WORST_NANO = 1_000_000


def deployment(name: str, base_url: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "model": "small",
        "version": "small-1",
        "upstream_id": f"demo-{name}",
        "family": "demo",
        "provider": "demo",
        "dialect": "openai",
        "base_url": base_url,
        "credential": "",
        "region": "eu",
        "queue": QUEUE,
        "lifecycle": "approved",
        "enabled": True,
        "weight": 1,
        "capabilities": ["tools", "streaming"],
        "context_window_tokens": 8000,
        "max_output_tokens": 1000,
        "image_tokens_bound": 0,
        "timeout_s": 2,
        "limits": {},
        "prices": [
            {
                "id": "price-1",
                "sha256": "ab" * 32,
                "valid_from_us": 0,
                "valid_to_us": None,
                "input_nano_per_mtok": 1_000_000_000,
                "output_nano_per_mtok": 2_000_000_000,
            }
        ],
        "cells": {"internal": {"decision": "approved"}},
        **changes,
    }


def release(*deployments: dict[str, Any], number: int = 7, **sections: Any) -> PublishedRelease:
    document = {
        "schema": 1,
        "data_classes": [{"name": "internal", "rank": 10}],
        "deployments": list(deployments),
        "policies": [],
        "default_policy": "",
        **sections,
    }
    return PublishedRelease(uuid.uuid4(), number, "00" * 32, document)


ON = ("error", "timeout", "rate_limit", "breaker_open", "stream_cut", "capacity")


def plan(
    *names: str,
    deadline_s: int = 20,
    attempts: int = 2,
    unsupported: str = "refuse",
    on: tuple[str, ...] = ON,
    **changes: Any,
) -> Plan:
    calls = tuple(Call(f"0.{at}", name, WORST_NANO, 1000, "price-1") for at, name in enumerate(names))
    root = calls[0] if len(calls) == 1 else FallbackPlan("0", calls, on)
    total = WORST_NANO * len(calls) * attempts
    return Plan(
        policy="standard",
        rule="all",
        root=root,
        queue=QUEUE,
        deadline_s=deadline_s,
        max_attempts_per_call=attempts,
        unsupported=unsupported,
        worst_case_nano=total,
        worst_case_nano_by_model=(("small", total),),
        candidates=(),
        **changes,
    )


def call(
    made: Plan, text: str = "hello", *, stream: bool = False, task: str = "", **changes: Any
) -> LaneCall:
    """A call as the web process dispatches it."""
    request_id = uuid7()
    now = time.time_ns() // 1000
    deadline = now + int(made.time_s * 1_000_000)
    hold = Dimensions(request_id, "payments", "invoices", "abcdefghijkl", "", now)
    claim = request_values(
        request_id=request_id,
        accepted_at_us=now,
        team="payments",
        application="invoices",
        api_key="abcdefghijkl",
        data_class="internal",
        task=task,
        facts='{"input_tokens": 10}',
        release_number=7,
        queue=QUEUE,
        deadline_at_us=deadline,
        worst_case_nano=made.worst_case_nano,
        reserved_epoch=1,
        content_salt=b"s" * 32,
    )
    ledger = reserved_row(hold, amount_nano=made.worst_case_nano, by_model={"small": made.worst_case_nano})
    values: dict[str, Any] = {
        "request_id": str(request_id),
        "reply_to": WEB,
        "accepted_us": now,
        "deadline_us": deadline,
        "stream": stream,
        "include_usage": True,
        "release": 7,
        "plan": decision_value(made),
        "request": {"model": "small", "messages": [{"role": "user", "content": text}], "stream": stream},
        "claim_values": list(claim),
        "accepted_body": canonical_json({"who": {"team": "payments"}}),
        "ledger_values": list(ledger.values),
        "epoch": 1,
        "salt": b"s" * 32,
        "who": {"team": "payments", "application": "invoices", "api_key": "abcdefghijkl"},
        "store_content": False,
    }
    return LaneCall(**{**values, **changes})


@dataclass
class Heard:
    """What the web process heard of one request."""

    frames: list[Any] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        return [frame.kind for frame in self.frames]

    @property
    def last(self) -> Any:
        return self.frames[-1]

    @property
    def answer(self) -> dict[str, Any]:
        assert self.last.kind == "done", self.last
        return msgspec.json.decode(self.last.payload)

    @property
    def code(self) -> str:
        assert self.last.kind == "error", self.last
        return str(msgspec.json.decode(self.last.payload)["code"])

    @property
    def text(self) -> str:
        parts = [frame.payload for frame in self.frames if frame.kind == "chunk"]
        chunks = [msgspec.json.decode(part) for part in parts]
        return "".join(
            choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]
        )


class Web:
    """The web side: sends calls, hears frames."""

    def __init__(self, url: str) -> None:
        self.redis = redis.asyncio.Redis.from_url(url)
        self.heard: dict[str, Heard] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        subscribed = asyncio.Event()
        self._task = asyncio.create_task(self._listen(subscribed))
        await asyncio.wait_for(subscribed.wait(), 5)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.redis.aclose()

    async def dispatch(self, sent: LaneCall) -> str:
        await self.redis.xadd(f"sb:lane:{QUEUE}", {PAYLOAD_FIELD: encode_call(sent)})
        return sent.request_id

    async def ask(self, sent: LaneCall, timeout_s: float = 15.0) -> Heard:
        await self.dispatch(sent)
        return await self.ended(sent.request_id, timeout_s)

    async def ended(self, request_id: str, timeout_s: float = 15.0) -> Heard:
        return await self.until(request_id, lambda heard: heard.kinds[-1] in ("done", "error"), timeout_s)

    async def until(self, request_id: str, holds: Any, timeout_s: float = 15.0) -> Heard:
        async with asyncio.timeout(timeout_s):
            while request_id not in self.heard or not holds(self.heard[request_id]):
                self._changed.clear()
                await self._changed.wait()
        return self.heard[request_id]

    async def cancel(self, request_id: str) -> None:
        await self.redis.publish(CANCEL_CHANNEL, request_id)

    async def _listen(self, subscribed: asyncio.Event) -> None:
        async with self.redis.pubsub() as pubsub:
            await pubsub.subscribe(ANSWER_PREFIX + WEB)
            while True:
                message = await pubsub.get_message(timeout=1.0)
                if message is None:
                    continue
                subscribed.set()
                if message["type"] != "message":
                    continue
                for frame in decode_frames(message["data"]):
                    self.heard.setdefault(frame.request_id, Heard()).frames.append(frame)
                self._changed.set()
