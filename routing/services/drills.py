"""Rollback drills: what would happen if a version had to go now. Nothing of what is in force is touched."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.services import entries
from registry.errors import RegistryError
from registry.models import Deployment, Drill, Lifecycle, ModelVersion, RollbackPlan, User
from registry.releases.clock import to_us
from registry.releases.compiler import Compiled, compile_document, errors_in, validate_document
from registry.releases.findings import Finding
from registry.selectors import live_release
from registry.services.rehearsal import rehearse
from routing import recordings
from routing.core.coverage import coverage_of, lost
from routing.core.impact import Impact
from routing.core.release import Release
from routing.selectors import compile_release
from routing.services.impacts import latencies

DEFAULT_DECISIONS = 1_000
MAX_DECISIONS = 100_000
SERVING = (Lifecycle.APPROVED, Lifecycle.DEPRECATED)


def hold(*, version: ModelVersion, decisions: int = DEFAULT_DECISIONS, actor: User | None = None) -> Drill:
    """Try the rollback plan of `version`, and keep and record what came of it.

    1. In a rehearsal, its deployments are disabled and those of the version that it returns to enabled.
    2. That state must be publishable, every rule must still have a candidate for each class that it had
       one for, and none of the newest `decisions` that were routed may become a refusal.

    Raises RegistryError where there is no plan, or nothing is in force.
    """
    plan = RollbackPlan.objects.select_related("version__model", "returns_to__model").filter(version=version)
    live, found = live_release(), plan.first()
    if found is None:
        raise RegistryError(f"It is not said what is returned to from {version}.")
    if live is None:
        raise RegistryError("Nothing is in force yet, so there is nothing to return from.")
    compiled, findings = rehearse(lambda: _rolled_back(found)).answer
    before = compile_release(live.number, live.digest, live.document)
    after = compile_release(live.number + 1, compiled.digest, compiled.document)
    report = _report(before, after, findings, decisions)
    return _keep(found, report, actor)


def _rolled_back(plan: RollbackPlan) -> tuple[Compiled, tuple[Finding, ...]]:
    """The state after the rollback: a place where the other version is in a state that does not serve stays
    as it is. Inside a rehearsal alone."""
    for deployment in Deployment.objects.filter(version__in=(plan.version, plan.returns_to)):
        returned_to = deployment.version_id == plan.returns_to_id
        deployment.enabled = returned_to and deployment.lifecycle in (None, *SERVING)
        deployment.save()
    if plan.returns_to.lifecycle not in SERVING:
        plan.returns_to.lifecycle = Lifecycle.APPROVED
        plan.returns_to.save()
    compiled = compile_document()
    return compiled, errors_in(validate_document(compiled.document, to_us(timezone.now())))


def _report(before: Release, after: Release, findings: tuple[Finding, ...], decisions: int) -> dict[str, Any]:
    now_us = to_us(timezone.now())
    uncovered = lost(coverage_of(before, now_us), coverage_of(after, now_us))
    impact = replayed(before, after, decisions)
    problems = [f"{finding.subject}: {finding.message}" for finding in findings]
    problems += [f"{rule} has no candidate for {', '.join(names)}." for rule, names in uncovered.items()]
    if impact["newly_refused"]:
        problems.append(f"{impact['newly_refused']} of {impact['requests']} requests would be refused.")
    return {"problems": problems, "release": before.number, "replay": impact}


def replayed(before: Release, after: Release, decisions: int) -> dict[str, Any]:
    impact, unreadable = Impact(before, after), 0
    for chunk in recordings.chunks(recordings.Selection(min(decisions, MAX_DECISIONS))):
        for recorded in chunk:
            if recorded.facts is None or recorded.live is None:
                unreadable += 1
            else:
                impact.add(recorded.facts, recorded.live, recorded.used)
    return {**impact.value(latencies()), "unreadable": unreadable}


@transaction.atomic
def _keep(plan: RollbackPlan, report: dict[str, Any], actor: User | None) -> Drill:
    held = Drill.objects.create(
        version_id=plan.version_id,
        version=str(plan.version),
        returns_to=str(plan.returns_to),
        held_at=timezone.now(),
        passed=not report["problems"],
        report=report,
    )
    told = {"version": held.version, "returns_to": held.returns_to, "passed": held.passed}
    replayed = {"decisions": report["replay"]["requests"], "problems": report["problems"][:20]}
    entries.record("model.drill", {"actor": entries.actor_of(actor), **told, **replayed})
    return held
