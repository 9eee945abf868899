"""A hit: counted, recorded, and given as a worker would give it.

1. It counts in the key's limits per minute like any request; no budget is drawn on, since it costs nothing.
2. The request's row, `request.accepted` and `request.finished` are committed together, before a byte leaves.
3. The answer is that of the source under this request's own id and time.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from audit.contents import content_row
from audit.core.commitment import commit, new_salt
from audit.core.records import Claim, Entry, Finish, Row, Unit
from audit.encoding import canonical
from audit.rows import clip, finish_values
from billing.core.budgets import BudgetBook
from billing.core.money import usd_text
from billing.live import Denied, RateLine, Reservation, Reserved
from routing import record
from routing.api.render import completion_id
from routing.ask import Ask
from routing.caching.looking import Hit
from routing.caching.rows import hit_row
from routing.content import commitments, slots
from routing.core.caching.forms import chunks, finish_of
from routing.core.decision import Plan
from routing.lane.entries import MAX_NAME_CHARS, SCHEMA
from routing.lane.messages import Frame
from routing.record import Judged
from routing.runtime import Runtime

LEASE_S = 60.0  # of what is counted, where this process dies before it says what was used
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Given:
    """The frames of an answer, with what has to be committed before they may leave."""

    frames: tuple[Frame, ...]
    unit: Unit


async def counted(
    runtime: Runtime, ask: Ask, hit: Hit, rates: tuple[RateLine, ...]
) -> Reserved | Denied | None:
    """Count the request in its key's limits; None where it has none. Raises BillingError where that is not
    known."""
    if not rates:
        return None
    request_id = str(ask.request_id)

    def reservation(book: BudgetBook) -> Reservation:
        return Reservation(request_id, book.epoch, rates=rates, lease_s=LEASE_S)

    answer = await runtime.money.hold(reservation)
    if isinstance(answer, Reserved):
        tokens = (hit.kept.input_tokens or 0) + (hit.kept.output_tokens or 0)
        runtime.money.settle(request_id, {}, tokens=tokens).add_done_callback(_seen)
    return answer


def _seen(settled: Any) -> None:
    """What could not be settled is ended with its lease."""
    if not settled.cancelled():
        settled.exception()


def given(ask: Ask, judged: Judged, plan: Plan, hit: Hit) -> Given:
    now_us = time.time_ns() // 1000
    completion = {
        **_decode(hit.kept.completion),
        "id": completion_id(str(ask.request_id)),
        "created": ask.accepted_us // 1_000_000,
    }
    payloads = _payloads(ask, hit, completion)
    frames = _frames(ask, hit, payloads)
    return Given(frames, _unit(ask, judged, plan, hit, completion, payloads, now_us))


def _payloads(ask: Ask, hit: Hit, completion: dict[str, Any]) -> list[bytes]:
    if not ask.body.stream:
        return [_encode(completion)]
    told = _told(ask, hit) if ask.body.include_usage else None
    return [_encode(chunk) for chunk in chunks(completion, told=told)]


def _told(ask: Ask, hit: Hit) -> dict[str, Any]:
    """As a stream's usage chunk says it of any request."""
    names = ("model_version", "deployment", "provider")
    served = {name: hit.kept.served.get(name, "") for name in names}
    return {
        "request_id": str(ask.request_id),
        **served,
        "attempts": 0,
        "cost_usd": usd_text(0),
        "cache": {"kind": hit.kind, "of": hit.kept.request_id},
    }


def _frames(ask: Ask, hit: Hit, payloads: list[bytes]) -> tuple[Frame, ...]:
    request_id, kept = str(ask.request_id), hit.kept
    served = {**kept.served, "attempts": 0}
    meta = {
        **served,
        "outcome": "succeeded",
        "cost_nano": 0,
        "input_tokens": kept.input_tokens,
        "output_tokens": kept.output_tokens,
    }
    if not ask.body.stream:
        return (Frame(request_id, "done", payloads[0], meta),)
    *early, last = payloads
    head = Frame(request_id, "head", _encode(served), None, 0)
    sent = [Frame(request_id, "chunk", each, None, at) for at, each in enumerate(early, start=1)]
    return (head, *sent, Frame(request_id, "done", last, meta, len(payloads)))


def _unit(
    ask: Ask,
    judged: Judged,
    plan: Plan,
    hit: Hit,
    completion: dict[str, Any],
    payloads: list[bytes],
    now_us: int,
) -> Unit:
    salt, said = new_salt(), b"\n".join(payloads)
    told = record.tell(ask, judged, {"content": commitments(salt, ask.body.request)})
    values = record.claim_values(ask, judged, told, content_salt=salt, worst_case_nano=0)
    body = {
        "schema": SCHEMA,
        "who": told.who,
        "request": {"id": str(ask.request_id)},
        "release": judged.release.number,
        "outcome": {"outcome": "succeeded", "code": ""},
        "attempts": 0,
        "latency_ms": (now_us - ask.accepted_us) // 1000,
        "money": {
            "cost_nano": 0,
            "held_nano": 0,
            "settled_nano": 0,
            "released_nano": 0,
            "usage_unknown": False,
        },
        "model": _model(ask, judged, hit),
        "use": {
            "input": hit.kept.input_tokens,
            "output": hit.kept.output_tokens,
            "finish_reason": clip(finish_of(completion), 64),
        },
        "content": {"response": commit(salt, "response", said)},
        "cache": _cache(hit, now_us),
    }
    return Unit(
        claim=Claim(ask.request_id, values),
        finish=Finish(ask.request_id, _finish(ask, hit, now_us)),
        entries=(
            Entry("request.accepted", ask.request_id, ask.accepted_us, told.body),
            Entry("request.finished", ask.request_id, now_us, canonical(body)),
        ),
        rows=(_row(ask, plan, hit, now_us), *_contents(ask, judged, said)),
    )


def _row(ask: Ask, plan: Plan, hit: Hit, now_us: int) -> Row:
    return hit_row(
        ask,
        hit.kept,
        kind=hit.kind,
        similarity_milli=hit.similarity_milli,
        policy=plan.policy,
        at_us=now_us,
    )


def _cache(hit: Hit, now_us: int) -> dict[str, Any]:
    """Of whose answer it is, how it was found, and what that one cost."""
    return {
        "kind": hit.kind,
        "of": hit.kept.request_id,
        "similarity_milli": hit.similarity_milli,
        "age_ms": max(now_us - hit.kept.kept_us, 0) // 1000,
        "saved_nano": hit.kept.cost_nano,
        "sources": list(hit.kept.sources),
    }


def _model(ask: Ask, judged: Judged, hit: Hit) -> dict[str, Any]:
    """Requested and decided. Nothing was sent, and nobody reported anything."""
    served = hit.kept.served
    return {
        "requested": clip(ask.body.model, MAX_NAME_CHARS),
        "model": served.get("model", ""),
        "version": served.get("model_version", ""),
        "deployment": served.get("deployment", ""),
        "provider": served.get("provider", ""),
        "region": judged.release.deployments[served["deployment"]].region,
    }


def _finish(ask: Ask, hit: Hit, now_us: int) -> tuple[Any, ...]:
    served = hit.kept.served
    return finish_values(
        outcome="succeeded",
        finished_at_us=now_us,
        model=served.get("model", ""),
        model_version=served.get("model_version", ""),
        deployment=served.get("deployment", ""),
        provider=served.get("provider", ""),
        attempts=0,
        input_tokens=hit.kept.input_tokens,
        output_tokens=hit.kept.output_tokens,
        cost_nano=0,
        latency_ms=(now_us - ask.accepted_us) // 1000,
    )


def _contents(ask: Ask, judged: Judged, said: bytes) -> list[Row]:
    """Encrypted content, for classes of data that store it."""
    if not judged.release.data_classes[judged.facts.data_class].store_content:
        return []
    contents = {**slots(ask.body.request), "response": said}
    request_id: UUID = ask.request_id
    return [
        content_row(request_id=request_id, slot=slot, content=content) for slot, content in contents.items()
    ]
