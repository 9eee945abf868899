"""What makes two requests the same: all that can change an answer, as one text to be hashed with a key.

The scope is the application, the effective class of data, the release (and by it every model's version, every
prompt and every price), the policy and its rule, the task, the knobs, and the calls that the plan would make:
so a share of traffic stays the share that it is, and an answer is only given where its model would be asked
now.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from routing.core.caching.settings import Caching
from routing.core.decision import Call, Plan, PlanNode, calls
from routing.core.facts import Facts
from routing.core.release import Release

SCHEMA = 1
# What says how an answer is delivered, to whom it is counted, or what is noted of it: never what is in it.
NOT_OF_THE_ANSWER = frozenset(
    ("stream", "stream_options", "user", "safety_identifier", "metadata", "prompt_cache_key")
)


def scope_of(
    caching: Caching, release: Release, facts: Facts, plan: Plan, application_id: str
) -> dict[str, Any]:
    """Within what an answer may be given again."""
    scope = {
        "schema": SCHEMA,
        "application": application_id,
        "data_class": facts.data_class,
        "release": release.digest,
        "policy": plan.policy,
        "rule": plan.rule,
        "task": facts.task,
        "operation": facts.operation,
        "knobs": asdict(facts.knobs),
        "plan": _shape(plan.root),
    }
    return {**scope, "end_user": facts.end_user} if caching.per_end_user else scope


def material(scope: Mapping[str, Any], request: Mapping[str, Any]) -> bytes:
    """The same bytes for requests that are the same."""
    said = {name: value for name, value in request.items() if name not in NOT_OF_THE_ANSWER}
    if said.get("n") == 1:
        del said["n"]
    return _canonical({"scope": scope, "request": said})


def near_material(scope: Mapping[str, Any], request: Mapping[str, Any], guard: Any) -> bytes:
    """The same bytes for requests whose question may be near: all but its words is the same, and what must
    not differ in these (`guard`) is too."""
    framed = {**request, "messages": [*request["messages"][:-1], {"role": "user"}]}
    return material({**scope, "guard": guard}, framed)


def question(request: Mapping[str, Any]) -> str:
    return str(request["messages"][-1]["content"])


def deployments(plan: Plan) -> tuple[str, ...]:
    """Whoever may be asked, each once, in the order of the plan."""
    return tuple(dict.fromkeys(call.deployment for call in calls(plan.root)))


def first(plan: Plan) -> str:
    return next(calls(plan.root)).deployment


def _shape(node: PlanNode) -> list[Any]:
    """The calls in their places, without what they would cost."""
    if isinstance(node, Call):
        return [node.path, node.role, node.deployment]
    return [node.path, type(node).__name__, *map(_shape, node.parts)]


def _canonical(value: Any) -> bytes:
    """Sorted and compact, with whole numbers written as such, so that 0 and 0.0 are the same."""
    return json.dumps(_plain(value), ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
