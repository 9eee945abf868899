"""The canonical values of facts, live inputs and decisions, and back: what the record keeps.

Facts and live inputs lose nothing that `decide` reads, so a stored decision can be derived again. A decision
lists MAX_LISTED candidates in full, in the order of the route, and counts the further ones by reason.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from audit.core.canonical import canonical_json
from routing.core.decide import decide
from routing.core.decision import Candidate, Decision, Plan, Reason, Refusal
from routing.core.facts import Facts, Health, Live, Score
from routing.core.knobs import NO_KNOBS, Remark, knobs_from, knobs_value, remark_value
from routing.core.plan_codec import node_from, node_value
from routing.core.release import Release
from routing.core.suspended import stopped_by

MAX_LISTED = 40
MAX_DETAIL_CHARS = 80

_FACT_DEFAULTS = {field.name: field.default for field in fields(Facts)}
_SEQUENCE_FACTS = ("detections", "redacted", "tags", "needs", "keywords", "residency")


def facts_value(facts: Facts) -> dict[str, Any]:
    """Every fact that differs from its default; those without a default always."""
    value: dict[str, Any] = {}
    for name, default in _FACT_DEFAULTS.items():
        fact = getattr(facts, name)
        if fact != default:
            value[name] = list(fact) if type(fact) is tuple else fact
    if facts.scores:
        value["scores"] = [_score_value(score) for score in facts.scores]
    if facts.knobs is not NO_KNOBS and facts.knobs != NO_KNOBS:
        value["knobs"] = knobs_value(facts.knobs)
    return value


def facts_from(value: Mapping[str, Any]) -> Facts:
    given = dict(value)
    for name in _SEQUENCE_FACTS:
        if name in given:
            given[name] = tuple(given[name])
    if "scores" in given:
        given["scores"] = tuple(_score_from(score) for score in given["scores"])
    if "knobs" in given:
        given["knobs"] = knobs_from(given["knobs"])
    for name in ("declared_data_class", "max_output_tokens"):
        given.setdefault(name, None)
    return Facts(**given)


def _score_value(score: Score) -> dict[str, Any]:
    value: dict[str, Any] = {"router": score.router, "thousandths": score.thousandths}
    if score.reasons:
        value["reasons"] = list(score.reasons)
    if score.outside:
        value["outside"] = score.outside
    return {**value, "artifact": score.artifact} if score.artifact else value


def _score_from(value: Mapping[str, Any]) -> Score:
    reasons = tuple(value.get("reasons", ()))
    outside, artifact = value.get("outside", ""), value.get("artifact", "")
    return Score(value["router"], value["thousandths"], reasons, outside, artifact)


def live_value(live: Live, decision: Decision) -> dict[str, Any]:
    """The clock, and of the decision's candidates those whose breaker is not closed; latency and load only
    where a plan was balanced by them; of what is suspended, what stopped something. Everything else has no
    part in a decision."""
    measures = decision.measures if isinstance(decision, Plan) else ()
    value: dict[str, Any] = {"now_us": live.now_us}
    for candidate in decision.candidates:
        name = candidate.deployment
        health = live.health.get(name)
        if health is None:
            continue
        if health.breaker != "closed":
            value.setdefault(health.breaker, []).append(name)
        if "load" in measures and health.in_flight:
            value.setdefault("in_flight", {})[name] = health.in_flight
        if "latency" in measures and health.latency_p50_ms is not None:
            value.setdefault("latency_p50_ms", {})[name] = health.latency_p50_ms
        if "latency" in measures and health.latency_p95_ms is not None:
            value.setdefault("latency_p95_ms", {})[name] = health.latency_p95_ms
    stopped = stopped_by(decision) if live.suspended else ()
    return {**value, "suspended": sorted(stopped)} if stopped else value


def live_from(value: Mapping[str, Any]) -> Live:
    parts: dict[str, dict[str, Any]] = {}
    for breaker in ("open", "half_open"):
        for name in value.get(breaker, ()):
            parts.setdefault(name, {})["breaker"] = breaker
    for measure in ("in_flight", "latency_p50_ms", "latency_p95_ms"):
        for name, measured in value.get(measure, {}).items():
            parts.setdefault(name, {})[measure] = measured
    health = {name: Health(**given) for name, given in parts.items()}
    return Live(value["now_us"], health, frozenset(value.get("suspended", ())))


def decision_value(decision: Decision) -> dict[str, Any]:
    if isinstance(decision, Refusal):
        value: dict[str, Any] = {
            "kind": "refusal",
            "code": decision.code,
            "reason": decision.reason.value,
            "policy": decision.policy,
            "rule": decision.rule,
            "detail": decision.detail[:MAX_DETAIL_CHARS],
        }
    else:
        value = {
            "kind": "plan",
            "policy": decision.policy,
            "rule": decision.rule,
            "root": node_value(decision.root),
            "queue": decision.queue,
            "deadline_s": decision.deadline_s,
            "max_attempts_per_call": decision.max_attempts_per_call,
            "unsupported": decision.unsupported,
            "worst_case_nano": decision.worst_case_nano,
            "worst_case_nano_by_model": [list(pair) for pair in decision.worst_case_nano_by_model],
        }
        if decision.measures:
            value["measures"] = list(decision.measures)
        if decision.batch:
            value["batch"] = True
        if decision.latency_budget_ms is not None:
            value["latency_budget_ms"] = decision.latency_budget_ms
        if decision.remarks:
            value["remarks"] = [remark_value(remark) for remark in decision.remarks]
    if decision.stopped:
        value["stopped"] = list(decision.stopped)
    value["candidates"] = [_candidate_value(candidate) for candidate in decision.candidates[:MAX_LISTED]]
    further = _counts(decision.candidates[MAX_LISTED:])
    if further:
        value["further_candidates"] = further
    return value


def decision_bytes(decision: Decision) -> bytes:
    return canonical_json(decision_value(decision))


def plan_from(value: Mapping[str, Any]) -> Plan:
    """The plan of a `decision_value`, with the candidates that are listed."""
    return Plan(
        policy=value["policy"],
        rule=value["rule"],
        root=node_from(value["root"]),
        queue=value["queue"],
        deadline_s=value["deadline_s"],
        max_attempts_per_call=value["max_attempts_per_call"],
        unsupported=value["unsupported"],
        worst_case_nano=value["worst_case_nano"],
        worst_case_nano_by_model=tuple((model, nano) for model, nano in value["worst_case_nano_by_model"]),
        candidates=tuple(_candidate_from(item) for item in value["candidates"]),
        measures=tuple(value.get("measures", ())),
        stopped=tuple(value.get("stopped", ())),
        batch=value.get("batch", False),
        latency_budget_ms=value.get("latency_budget_ms"),
        remarks=tuple(Remark(**remark) for remark in value.get("remarks", ())),
    )


def replay(release: Release, facts: Mapping[str, Any], live: Mapping[str, Any]) -> bytes:
    """The bytes of the decision that `release` gives for recorded facts and live inputs."""
    return decision_bytes(decide(release, facts_from(facts), live_from(live)))


def _candidate_value(candidate: Candidate) -> list[str]:
    if candidate.reason is None:
        return [candidate.deployment]
    if not candidate.detail:
        return [candidate.deployment, candidate.reason.value]
    return [candidate.deployment, candidate.reason.value, candidate.detail[:MAX_DETAIL_CHARS]]


def _candidate_from(value: list[str]) -> Candidate:
    reason = Reason(value[1]) if len(value) > 1 else None
    return Candidate(value[0], reason, value[2] if len(value) > 2 else "")


def _counts(candidates: tuple[Candidate, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for candidate in candidates:
        key = "able" if candidate.reason is None else candidate.reason.value
        counts[key] = counts.get(key, 0) + 1
    return counts
