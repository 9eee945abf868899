"""The canonical value of a plan's tree, and back. Calls and fallbacks look as they always did; any other node
names its kind in `node`, and leaves out what has its default value."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from routing.core.decision import (
    Call,
    CheckedPlan,
    ClassifyPlan,
    EnsemblePlan,
    ExperimentPlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    PlanNode,
)

_KINDS: dict[str, type[PlanNode]] = {
    "checked": CheckedPlan,
    "ensemble": EnsemblePlan,
    "pipeline": PipelinePlan,
    "classify": ClassifyPlan,
    "hedge": HedgePlan,
    "experiment": ExperimentPlan,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def node_value(node: PlanNode) -> dict[str, Any]:
    if isinstance(node, Call):
        value: dict[str, Any] = {
            "path": node.path,
            "deployment": node.deployment,
            "worst_case_nano": node.worst_case_nano,
            "max_output_tokens": node.max_output_tokens,
            "price_id": node.price_id,
        }
        if node.role != "answer":
            value["role"] = node.role
        if node.input_tokens_bound is not None:
            value["input_tokens_bound"] = node.input_tokens_bound
        if node.expected_ms is not None:
            value["expected_ms"] = node.expected_ms
        return value
    if isinstance(node, FallbackPlan):
        members = [node_value(member) for member in node.members]
        return {"path": node.path, "members": members, "on": list(node.on)}
    value = {"node": _NAMES[type(node)]}
    for field in fields(node):
        given = getattr(node, field.name)
        if field.default is MISSING or given != field.default:
            value[field.name] = _field_value(given)
    return value


def node_from(value: Mapping[str, Any]) -> PlanNode:
    if "node" in value:
        given = {name: _field_from(item) for name, item in value.items() if name != "node"}
        return _KINDS[value["node"]](**given)
    if "deployment" in value:
        return Call(**value)
    members = tuple(node_from(member) for member in value["members"])
    return FallbackPlan(value["path"], members, tuple(value["on"]))


def _field_value(given: Any) -> Any:
    if isinstance(given, tuple):
        return [_field_value(item) for item in given]
    return given if given is None or isinstance(given, str | int) else node_value(given)


def _field_from(item: Any) -> Any:
    if isinstance(item, list):
        return tuple(_field_from(each) for each in item)
    return node_from(item) if isinstance(item, Mapping) else item
