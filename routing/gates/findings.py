"""Schemas and expressions of a release's gates that can't be used: asked at publish, where the engine is."""

from collections.abc import Iterator

from routing.core.lint.problem import Problem
from routing.core.parts import checks_of, every_part
from routing.core.release import Release
from routing.core.routes import Cascade, Gate, Pipeline, Tiered, Verify
from routing.gates.code import dialect_problem, missing
from routing.gates.schema import pattern_problem
from routing.schemas import schema_problem


def gate_problems(release: Release) -> Iterator[Problem]:
    for policy in release.policies.values():
        for rule in policy.rules:
            subject = f"policy {policy.name}, rule {rule.name}"
            for part in every_part(rule.route) if rule.route is not None else ():
                for gate in _gates(part.route):
                    problem = _problem(gate)
                    if problem:
                        yield Problem("gate_unusable", subject, problem)


def _gates(route: object) -> tuple[Gate, ...]:
    if isinstance(route, Cascade | Tiered | Verify):
        return route.gates
    if isinstance(route, Pipeline):
        return tuple(gate for at in range(len(route.steps)) for gate in checks_of(route, at).gates)
    return ()


def _problem(gate: Gate) -> str | None:
    settings, lacking = dict(gate.settings), missing(gate.kind)
    if lacking:
        return lacking
    if gate.kind == "sql" and "dialect" in settings:
        return dialect_problem(str(settings["dialect"]))
    if gate.kind == "json" and settings.get("schema"):
        return schema_problem(str(settings["schema"]))
    if gate.kind == "regex" and "pattern" in settings:
        return pattern_problem(str(settings["pattern"]))
    return None
