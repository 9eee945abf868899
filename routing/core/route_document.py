"""A route as a release's document holds it, and back: one object for each node, `node` its name.

What a node leaves out has its default. A node, or a part of one, that this version does not know is refused:
a route that is read in part would be another route.
"""

from collections.abc import Callable, Mapping
from typing import Any

from routing.core.routes import (
    BALANCE_BY,
    CLASSIFY_BY,
    COMPARE_BY,
    DEFAULT_FALLBACK_ON,
    DEFAULT_HELPER_TOKENS,
    DEFAULT_LABEL_TOKENS,
    DEFAULT_UNSURE_MS,
    ENSEMBLE_BY,
    MAX_PLACES,
    STICKY_BY,
    STOP_AFTER,
    STOP_AGAINST,
    STOP_AT,
    VERIFY_FAILURES,
    Arm,
    Balance,
    Bound,
    Branch,
    Cascade,
    Classify,
    Condition,
    Ensemble,
    Experiment,
    Fallback,
    Gate,
    Hedge,
    Judge,
    Margin,
    Model,
    Pipeline,
    Places,
    Route,
    Step,
    Tier,
    Tiered,
    Unsure,
    Verify,
    Voter,
)

Value = Mapping[str, Any]


class RouteUnreadable(ValueError):
    """The route holds what this version does not know."""


def route_from(value: Value) -> Route:
    """Raises RouteUnreadable, or KeyError where a part is missing."""
    read = _NODES.get(value["node"])
    if read is None:
        raise RouteUnreadable(f"no such route node: {value['node']!r}")
    return read(value)


def condition_from(value: Value) -> Condition:
    return Condition(value["fact"], value["op"], tuple(value["values"]))


def _model(value: Value) -> Model | Places:
    model = Model(value["model"], value.get("version"), value.get("deployment"), value.get("region"))
    places = value.get("places", 1)
    if type(places) is not int or not 1 <= places <= MAX_PLACES:
        raise RouteUnreadable(f"a model is called in 1 to {MAX_PLACES} places: {places!r}")
    return model if places == 1 else Places(model, places)


def _fallback(value: Value) -> Fallback:
    on = tuple(value.get("on") or DEFAULT_FALLBACK_ON)
    return Fallback(tuple(route_from(member) for member in value["members"]), on)


def _balance(value: Value) -> Balance:
    members = tuple((route_from(part["route"]), part["weight"]) for part in value["members"])
    return Balance(
        members,
        _one_of(BALANCE_BY, value.get("by", "weight"), "way to balance"),
        _one_of(STICKY_BY, value.get("sticky", "request"), "thing to stick to"),
        value.get("floor", 0),
        value.get("measured", ""),
    )


def _cascade(value: Value) -> Cascade:
    members = tuple(route_from(member) for member in value["members"])
    return Cascade(members, _gates(value), _judge(value.get("judge")), value.get("strict", False))


def _ensemble(value: Value) -> Ensemble:
    return Ensemble(
        members=tuple(
            Voter(route_from(part["route"]), part.get("weight", 1), part.get("samples", 1))
            for part in value["members"]
        ),
        by=_one_of(ENSEMBLE_BY, value["by"], "way to combine"),
        quorum=value.get("quorum"),
        compare=_one_of(COMPARE_BY, value.get("compare", "text"), "way to compare"),
        helper=_maybe(value.get("helper")),
        prompt=value.get("prompt", ""),
        otherwise=_maybe(value.get("otherwise")),
        max_output_tokens=value.get("max_output_tokens", DEFAULT_HELPER_TOKENS),
    )


def _pipeline(value: Value) -> Pipeline:
    return Pipeline(
        tuple(
            Step(
                step["name"],
                route_from(step["route"]),
                step.get("prompt", ""),
                _gates(step),
                _judge(step.get("judge")),
                step.get("optional", False),
            )
            for step in value["steps"]
        )
    )


def _verify(value: Value) -> Verify:
    verifier = _judge(value["verifier"])
    assert verifier is not None
    return Verify(
        route_from(value["route"]),
        verifier,
        _one_of(VERIFY_FAILURES, value.get("on_failure", "refuse"), "thing to do where it fails"),
        _maybe(value.get("otherwise")),
        _gates(value),
    )


def _classify(value: Value) -> Classify:
    return Classify(
        branches=tuple(
            Branch(part["label"], route_from(part["route"]), _conditions(part)) for part in value["branches"]
        ),
        otherwise=route_from(value["otherwise"]),
        by=_one_of(CLASSIFY_BY, value["by"], "way to classify"),
        helper=_maybe(value.get("helper")),
        prompt=value.get("prompt", ""),
        router=value.get("router", ""),
        max_output_tokens=value.get("max_output_tokens", DEFAULT_LABEL_TOKENS),
        unsure=_unsure(value.get("unsure")),
    )


def _unsure(value: Value | None) -> Unsure | None:
    if value is None:
        return None
    return Unsure(
        route_from(value["route"]),
        value["band"],
        value.get("prompt", ""),
        value.get("timeout_ms", DEFAULT_UNSURE_MS),
        value.get("default", ""),
        value.get("max_output_tokens", DEFAULT_LABEL_TOKENS),
    )


def _hedge(value: Value) -> Hedge:
    return Hedge(route_from(value["route"]), route_from(value["second"]), value.get("after_ms"))


def _experiment(value: Value) -> Experiment:
    return Experiment(
        value["name"],
        tuple(Arm(arm["name"], route_from(arm["route"]), arm.get("weight", 1)) for arm in value["arms"]),
        _one_of(STICKY_BY, value.get("sticky", "request"), "thing to stick to"),
        tuple((route_from(shadow["route"]), shadow["share"]) for shadow in value.get("shadows", ())),
        tuple(_bound(stop) for stop in value.get("stops", ())),
    )


def _bound(value: Value) -> Bound:
    against = _one_of(STOP_AGAINST, value.get("against", "bound"), "thing to stop against")
    made = Margin if against == "control" else Bound
    return made(_one_of(STOP_AT, value["metric"], "measure"), value["limit"], value.get("after", STOP_AFTER))


def _tiered(value: Value) -> Tiered:
    tiers = tuple(Tier(tier["name"], route_from(tier["route"]), _conditions(tier)) for tier in value["tiers"])
    return Tiered(tiers, _gates(value), _judge(value.get("judge")))


def _judge(value: Value | None) -> Judge | None:
    if value is None:
        return None
    return Judge(
        route_from(value["route"]),
        value["rubric"],
        value.get("threshold", 700),
        value.get("max_output_tokens", DEFAULT_HELPER_TOKENS),
    )


def _gates(value: Value) -> tuple[Gate, ...]:
    return tuple(
        Gate(gate["gate"], tuple((name, given) for name, given in gate.items() if name != "gate"))
        for gate in value.get("gates", ())
    )


def _conditions(value: Value) -> tuple[Condition, ...]:
    return tuple(condition_from(condition) for condition in value.get("conditions", ()))


def _maybe(value: Value | None) -> Route | None:
    return None if value is None else route_from(value)


def _one_of(known: tuple[str, ...], given: Any, what: str) -> str:
    if given not in known:
        raise RouteUnreadable(f"no such {what}: {given!r}")
    return str(given)


_NODES: dict[str, Callable[[Value], Route]] = {
    "model": _model,
    "fallback": _fallback,
    "balance": _balance,
    "cascade": _cascade,
    "ensemble": _ensemble,
    "pipeline": _pipeline,
    "verify": _verify,
    "classify": _classify,
    "hedge": _hedge,
    "experiment": _experiment,
    "tiered": _tiered,
}
