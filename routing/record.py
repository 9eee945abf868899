"""What the register is told by the web process: a request was accepted, refused, or expired unclaimed.

An accepted request is not written here: its claim and its entry travel with the call, and whoever claims it
commits them before a provider is called. Refusals, and requests that nobody claimed in time, are.
"""

from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from audit.core.canonical import canonical_json
from audit.core.commitment import new_salt
from audit.core.envelope import MAX_ENVELOPE_BYTES, bounded_body
from audit.core.records import MAX_BODY_BYTES, Claim, Entry, Unit
from audit.encoding import canonical
from audit.rows import request_values
from routing.ask import Ask
from routing.content import commitments
from routing.core.codec import decision_value, facts_value, live_value
from routing.core.decision import Decision, Plan
from routing.core.facts import Facts, Live
from routing.core.release import Release
from routing.surfaces.chat import CHAT


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with everything that it was derived from."""

    release: Release
    facts: Facts
    live: Live
    decision: Decision


@dataclass(frozen=True, slots=True)
class Told:
    """A decision's parts, made once: the row keeps them, the entry holds the same bytes, and the worker gets
    the same value."""

    decision: str
    facts: str
    who: dict[str, Any]
    body: bytes
    value: dict[str, Any]  # of the decision


def who(ask: Ask, data_class: str) -> dict[str, Any]:
    """What every entry of this request repeats."""
    found = {
        "api_key": ask.consumer.key_prefix,
        "application": ask.consumer.application,
        "data_class": data_class,
        "team": ask.consumer.team,
    }
    told = {"end_user": ask.end_user, "person": ask.person}
    return found | {name: value for name, value in told.items() if value}


def tell(ask: Ask, judged: Judged, extra: dict[str, Any]) -> Told:
    """A decision's record; `extra` is the `content` it commits to, and the `refusal` where there is one."""
    decision = decision_value(judged.decision)
    facts = {"facts": facts_value(judged.facts), "live": live_value(judged.live, judged.decision)}
    by = who(ask, judged.facts.data_class)
    parts: dict[str, Any] = {
        **extra,
        **facts,
        "decision": decision,
        "release": {"number": judged.release.number, "sha256": judged.release.digest},
        "request": _request(ask, judged.facts.data_class, judged.facts.detected_data_class),
        "who": by,
    }
    prompt = judged.release.prompts.get(judged.facts.prompt)
    if prompt is not None:
        parts["prompt"] = {"name": prompt.name, "version": prompt.version, "sha256": prompt.sha256}
    kept = {name: canonical(parts[name]) for name in ("decision", "facts")}
    body = canonical({**parts, **{name: Raw(text) for name, text in kept.items()}})
    if len(body) > MAX_BODY_BYTES - MAX_ENVELOPE_BYTES:
        body = bounded_body(parts)
    return Told(kept["decision"].decode(), kept["facts"].decode(), by, body, decision)


def _request(ask: Ask, data_class: str, detected: str = "") -> dict[str, Any]:
    surface = ask.reply.surface.name
    return {
        **({"surface": surface} if surface != CHAT.name else {}),
        **({"drill": ask.drill} if ask.drill else {}),
        "data_class": {"declared": ask.labels.data_class, "detected": detected, "effective": data_class},
        "id": str(ask.request_id),
        "operation": ask.body.operation,
        "stream": ask.body.stream,
        "tags": list(ask.labels.tags),
        "task": ask.labels.task,
    }


def claim_values(ask: Ask, judged: Judged, told: Told, **state: Any) -> tuple[Any, ...]:
    """The request's row. `state` says where it stands: held money of a running, the end of a finished one."""
    decision = judged.decision
    if isinstance(decision, Plan):
        state = {"queue": decision.queue, "worst_case_nano": decision.worst_case_nano, **state}
    return request_values(
        **_identity(ask),
        data_class=judged.facts.data_class,
        data_class_detected=judged.facts.detected_data_class or None,
        policy=decision.policy,
        rule=decision.rule,
        release_number=judged.release.number,
        decision=told.decision,
        facts=told.facts,
        **state,
    )


def _identity(ask: Ask) -> dict[str, Any]:
    return {
        "request_id": ask.request_id,
        "accepted_at_us": ask.accepted_us,
        "team": ask.consumer.team,
        "application": ask.consumer.application,
        "api_key": ask.consumer.key_prefix,
        "end_user": ask.end_user,
        "operation": ask.body.operation,
        "stream": ask.body.stream,
        "task": ask.labels.task,
        "tags": ask.labels.tags,
        "requested": ask.body.model,
        "data_class_declared": ask.labels.data_class,
    }


def refusal(ask: Ask, judged: Judged, *, code: str, detail: str, now_us: int) -> Unit:
    """A request that was decided, and refused by that, a budget, a limit, or a lack of workers."""
    salt = new_salt()
    said = {"content": commitments(salt, ask.body.request), "refusal": {"code": code, "detail": detail}}
    told = tell(ask, judged, said)
    values = claim_values(ask, judged, told, content_salt=salt, **_ended("refused", code, ask, now_us))
    return _closed(ask, values, "request.refused", told.body, now_us)


def undecided(ask: Ask, release: Release, *, code: str, detail: str, now_us: int) -> Unit:
    """A request that was refused before there was anything to decide: its data class is none."""
    salt = new_salt()
    body = bounded_body(
        {
            "content": commitments(salt, ask.body.request),
            "refusal": {"code": code, "detail": detail},
            "release": {"number": release.number, "sha256": release.digest},
            "request": _request(ask, ""),
            "who": who(ask, ""),
        }
    )
    values = request_values(
        **_identity(ask),
        release_number=release.number,
        content_salt=salt,
        **_ended("refused", code, ask, now_us),
    )
    return _closed(ask, values, "request.refused", body, now_us)


def expiry(ask: Ask, judged: Judged, told: Told, *, code: str, now_us: int) -> Unit:
    """The claim of a request that nobody else claimed in time: from now on nobody can run it."""
    values = claim_values(ask, judged, told, **_ended("expired", code, ask, now_us))
    end = canonical_json(
        {
            "outcome": "expired",
            "error": code,
            "request": _request(ask, judged.facts.data_class, judged.facts.detected_data_class),
        }
    )
    return Unit(
        claim=Claim(ask.request_id, values),
        entries=(
            Entry("request.accepted", ask.request_id, ask.accepted_us, told.body),
            Entry("request.finished", ask.request_id, now_us, end),
        ),
    )


def _ended(outcome: str, code: str, ask: Ask, now_us: int) -> dict[str, Any]:
    return {
        "state": "finished",
        "outcome": outcome,
        "finished_at_us": now_us,
        "error_code": code,
        "latency_ms": (now_us - ask.accepted_us) // 1000,
    }


def _closed(ask: Ask, values: tuple[Any, ...], event: str, body: bytes, now_us: int) -> Unit:
    return Unit(claim=Claim(ask.request_id, values), entries=(Entry(event, ask.request_id, now_us, body),))
