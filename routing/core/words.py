"""Rules and decisions in words, for people who don't read JSON."""

from collections.abc import Sequence
from typing import Any

from routing.core.decision import (
    Call,
    Candidate,
    CheckedPlan,
    ClassifyPlan,
    Decision,
    EnsemblePlan,
    ExperimentPlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    Plan,
    PlanNode,
    Reason,
    Refusal,
)
from routing.core.parts import ANSWER
from routing.core.release import DEFAULT_FALLBACK_ON
from routing.core.shapes import Shape, shape_of

FACT_WORDS = {
    "task": "task",
    "data_class": "data class",
    "tag": "tags",
    "application": "application",
    "team": "team",
    "end_user": "end user",
    "requested": "what was asked for",
    "operation": "operation",
    "prompt": "prompt",
    "input_tokens": "input tokens",
    "capability": "needed capabilities",
    "keyword": "keywords",
}
_MANY = frozenset({"tag", "capability", "keyword"})
_BALANCE_WORDS = {
    "weight": "one of, by share",
    "cost": "the cheapest of",
    "latency": "the fastest of",
    "load": "the least busy of",
    "value": "the best value of",
}
_PLAN_WORDS: dict[type, str] = {
    FallbackPlan: "in this order",
    CheckedPlan: "checked",
    EnsemblePlan: "at once",
    PipelinePlan: "step by step",
    ClassifyPlan: "by what the first says",
    HedgePlan: "the second when the first is late",
    ExperimentPlan: "an experiment's arm and its shadows",
}
REASON_WORDS = {
    Reason.MATRIX_ABSENT: "the matrix says nothing for this data class, which denies",
    Reason.MATRIX_DENIED: "the matrix denies this data class",
    Reason.MATRIX_EXPIRED: "its approval for this data class has expired",
    Reason.MATRIX_NOT_YET_VALID: "its approval for this data class is not valid yet",
    Reason.CONDITION_UNMET: "a condition of its approval is not met",
    Reason.REQUIREMENT_UNMET: "it does not meet what this data class requires",
    Reason.CERTIFICATION_EXPIRED: "a certification or agreement that this needs has expired",
    Reason.RESIDENCY: "it is outside the places that the request allows",
    Reason.SUSPENDED: "it is suspended",
    Reason.DISABLED: "it is disabled",
    Reason.LIFECYCLE: "its version is not in a lifecycle that serves",
    Reason.CAPABILITY_MISSING: "it lacks a capability",
    Reason.CONTEXT_TOO_LONG: "the request does not fit its context window",
    Reason.PRICE_UNKNOWN: "no price is in force",
    Reason.BREAKER_OPEN: "its circuit breaker is open",
    Reason.OTHER_QUEUE: "it is called from another queue than the plan's first call",
    Reason.NOT_REQUESTED: "another model was asked for",
    Reason.MODEL_NOT_ALLOWED: "the request's list of models has it not",
    Reason.OVER_MAX_COST: "it could cost more than the request allows",
    Reason.OVER_MAX_LATENCY: "it usually takes longer than the request or its policy allows",
    Reason.MODEL_NOT_FOUND: "there is no such model or policy",
    Reason.POLICY_NOT_ALLOWED: "the application may not use this policy",
    Reason.DATA_CLASS_UNKNOWN: "the data class does not exist",
    Reason.CLEARANCE_EXCEEDED: "the key is not cleared for this data class",
    Reason.DETECTION_REFUSES: "it holds data that a detection rule refuses",
    Reason.NO_RULE_MATCHED: "no rule of the policy matched",
    Reason.RULE_REFUSES: "the rule refuses",
    Reason.NO_CANDIDATE: "nothing that the rule names may serve",
}

Outline = list[Any]  # texts, each followed by the list of what stands below it, where there is any


def rule_in_words(conditions: Sequence[dict[str, Any]], route: dict[str, Any] | None) -> str:
    """One sentence: "if task is extract and data class is at most internal, then first A, then B"."""
    then = "refuse" if route is None else route_in_words(route)
    if not conditions:
        return f"always: {then}"
    return f"if {' and '.join(condition_in_words(condition) for condition in conditions)}, then {then}"


def condition_in_words(condition: dict[str, Any]) -> str:
    fact, op = condition["fact"], condition["op"]
    name = FACT_WORDS.get(fact, fact)
    values = [str(value) for value in condition["values"]]
    if op in ("at_least", "at_most"):
        return f"{name} is {op.replace('_', ' ')} {values[0]}"
    if op == "all_of":
        return f"{name} hold {_joined(values, 'and')}"
    if fact in _MANY:
        return f"{name} {'hold' if op == 'in' else 'do not hold'} {_joined(values, 'or')}"
    return f"{name} is {'' if op == 'in' else 'not '}{_joined(values, 'or')}"


def route_in_words(route: dict[str, Any]) -> str:
    if route["node"] == "model":
        return _model_in_words(route)
    if route["node"] == "fallback":
        members = [_bracketed(member) for member in route["members"]]
        return "first " + ", then ".join(members) if len(members) > 1 else members[0]
    if route["node"] != "balance":
        return _shape_in_words(shape_of(route))
    members = [f"{_bracketed(part['route'])}{_share(part, route)}" for part in route["members"]]
    return f"{_BALANCE_WORDS[route.get('by', 'weight')]} {_joined(members, 'and')}"


def route_outline(route: dict[str, Any] | None) -> Outline:
    """The route as nested lists, as Django's `unordered_list` shows them."""
    if route is None:
        return ["refuse"]
    if route["node"] == "model":
        return [_model_in_words(route)]
    if route["node"] == "fallback":
        on = tuple(route.get("on") or DEFAULT_FALLBACK_ON)
        title = "in this order" if on == DEFAULT_FALLBACK_ON else f"in this order, on {', '.join(on)}"
        return [title, [item for member in route["members"] for item in route_outline(member)]]
    below: Outline = []
    if route["node"] != "balance":
        shape = shape_of(route)
        for label, member in shape.members:
            first, *rest = route_outline(dict(member))
            below += [f"{label}: {first}" if label else first, *rest]
        return [_titled(shape), below]
    for part in route["members"]:
        first, *rest = route_outline(part["route"])
        below += [f"{first}{_share(part, route)}", *rest]
    return [_BALANCE_WORDS[route.get("by", "weight")], below]


def decision_in_words(decision: Decision) -> str:
    if isinstance(decision, Refusal):
        return f"Refused ({decision.code}): {reason_in_words(decision.reason, decision.detail)}."
    return f"Rule “{decision.rule}” of policy “{decision.policy}”: {_plan_in_words(decision.root)}."


def plan_outline(plan: Plan) -> Outline:
    return _node_outline(plan.root)


def reason_in_words(reason: Reason, detail: str = "") -> str:
    return REASON_WORDS[reason] + (f" ({detail})" if detail else "")


def verdict_in_words(candidate: Candidate) -> str:
    if candidate.reason is None:
        return "may serve"
    return reason_in_words(candidate.reason, candidate.detail)


def _shape_in_words(shape: Shape) -> str:
    members = [
        f"{label}: {_bracketed(dict(member))}" if label else _bracketed(dict(member))
        for label, member in shape.members
    ]
    return f"{_titled(shape)} of {', '.join(members)}"


def _titled(shape: Shape) -> str:
    return f"{shape.title} ({shape.small})" if shape.small else shape.title


def _plan_in_words(node: PlanNode) -> str:
    if isinstance(node, Call):
        return node.deployment
    if isinstance(node, FallbackPlan):
        return "first " + ", then ".join(_plan_in_words(member) for member in node.members)
    title = _PLAN_WORDS[type(node)]
    return f"{title} ({', '.join(_plan_in_words(part) for part in node.parts)})"


def _node_outline(node: PlanNode) -> Outline:
    if isinstance(node, Call):
        role = "" if node.role == ANSWER else f"{node.role}, "
        return [f"{node.deployment} ({role}path {node.path}, at most {node.max_output_tokens} output tokens)"]
    return [_PLAN_WORDS[type(node)], [item for part in node.parts for item in _node_outline(part)]]


def _model_in_words(route: dict[str, Any]) -> str:
    narrowed = [f"{name} {route[name]}" for name in ("version", "deployment", "region") if route.get(name)]
    if "places" in route:
        narrowed.append(f"up to {route['places']} places, one after another")
    return f"{route['model']} ({', '.join(narrowed)})" if narrowed else str(route["model"])


def _bracketed(route: dict[str, Any]) -> str:
    text = route_in_words(route)
    return text if route["node"] == "model" else f"({text})"


def _share(part: dict[str, Any], route: dict[str, Any]) -> str:
    if route.get("by", "weight") != "weight":
        return ""
    total = sum(member["weight"] for member in route["members"])
    return f" ({part['weight']} of {total})"


def _joined(words: Sequence[str], last: str) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
