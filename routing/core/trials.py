"""Which arm of which experiment a recorded decision took, and what names the arm's route. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.core.canonical import digest
from routing.core.decision import Call, ExperimentPlan, PlanNode
from routing.core.parts import every_part
from routing.core.plan_codec import node_from
from routing.core.release import Policy, Release
from routing.core.routes import Arm, Experiment

VARIANT_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Held:
    """An experiment, and the rule that holds it."""

    policy: str
    rule: str
    experiment: Experiment

    @property
    def control(self) -> str:
        return self.experiment.arms[0].name


def experiments_of(release: Release) -> Iterator[Held]:
    """In the order of the policies and their rules; a name that two have is told once for each."""
    for policy in release.policies.values():
        yield from _of_policy(policy)


def _of_policy(policy: Policy) -> Iterator[Held]:
    for rule in policy.rules:
        for part in every_part(rule.route) if rule.route is not None else ():
            if isinstance(part.route, Experiment):
                yield Held(policy.name, rule.name, part.route)


def variant_of(arm: Arm) -> str:
    """Equal routes, equal names."""
    return digest(repr(arm.route))[:VARIANT_DIGITS]


def taken(decision: str) -> tuple[str, str] | None:
    """(experiment, arm) of a recorded plan, the outermost; None where it holds none."""
    if '"experiment"' not in decision:
        return None
    value: Mapping[str, Any] = json.loads(decision)
    found = _experiment(node_from(value["root"])) if value.get("kind") == "plan" else None
    return None if found is None else (found.name, found.arm)


def _experiment(node: PlanNode) -> ExperimentPlan | None:
    if isinstance(node, ExperimentPlan):
        return node
    parts = () if isinstance(node, Call) else node.parts
    return next((found for part in parts if (found := _experiment(part)) is not None), None)
