"""What publishing refuses and warns of in the life of versions: states that can't follow one another,
approvals without their evidence, and rollbacks that nobody planned or tried."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID

from registry.core.changes import Record, State
from registry.core.expiry import notice_days
from registry.core.lifecycle import stricter
from registry.lifecycle.checklists import Entry, checklist_of
from registry.lifecycle.transitions import SERVING, is_promotion, transition_problem
from registry.models import ChecklistRule, Deployment, Drill, Lifecycle, ModelVersion, Pointer, RollbackPlan
from registry.releases.clock import day_ends_us, from_us
from registry.releases.findings import Finding, error, warning

DRILL_HOLDS = timedelta(days=180)
VERSIONS, DEPLOYMENTS = ModelVersion._meta.label_lower, Deployment._meta.label_lower


def lifecycle_findings(now_us: int) -> Iterator[Finding]:
    """Of every version, and of deployments that take a state of their own, counted from what is in force."""
    rules = list(ChecklistRule.objects.all())
    in_force = _state_in_force()
    before = {key: record["lifecycle"] for key, record in in_force.get(VERSIONS, {}).items()}
    checklists: dict[UUID, tuple[Entry, ...]] = {}
    versions = ModelVersion.objects.select_related("model").prefetch_related("checklist")
    for version in versions.order_by("model__name", "name"):
        entries = checklists[version.pk] = checklist_of(version, rules, from_us(now_us).date())
        yield from _of_version(version, before.get(str(version.pk)), entries, now_us)
    deployments = list(Deployment.objects.select_related("version__model").order_by("name"))
    yield from _places(deployments, in_force, checklists)
    yield from _rollbacks(deployments, now_us)


def _state_in_force() -> State:
    """The configuration of the live release; empty where nothing is in force."""
    text = Pointer.objects.filter(pk=1).values_list("release__configuration", flat=True).first()
    held: State = json.loads(text) if text else {}
    return held


def _places(
    deployments: Iterable[Deployment], in_force: State, checklists: Mapping[UUID, tuple[Entry, ...]]
) -> Iterator[Finding]:
    """Of deployments whose own state is another: the others go where their version goes."""
    was = in_force.get(DEPLOYMENTS, {})
    for deployment in deployments:
        record = was.get(str(deployment.pk), {})
        if deployment.lifecycle != record.get("lifecycle"):
            before = _effective(record, in_force.get(VERSIONS, {}).get(record.get("version", ""), {}))
            yield from _of_deployment(deployment, before, checklists[deployment.version_id])


def _effective(deployment: Record, version: Record) -> str | None:
    """The state that a deployment of a configuration is in; None where there was none of that name."""
    of_version = version.get("lifecycle")
    return None if of_version is None else stricter(of_version, deployment.get("lifecycle"))


def _of_deployment(deployment: Deployment, was: str | None, entries: tuple[Entry, ...]) -> Iterator[Finding]:
    subject, now = f"deployment {deployment.name}", deployment.effective_lifecycle.value
    missing = _missing(entries)
    problem = transition_problem(was, now, checked=_checked(entries))
    if problem:
        yield error("lifecycle_jump", subject, problem)
    if missing and is_promotion(was, now):
        yield error("checklist_incomplete", subject, _lacks(missing))


def _of_version(
    version: ModelVersion, was: str | None, entries: tuple[Entry, ...], now_us: int
) -> Iterator[Finding]:
    subject, now = f"version {version}", version.lifecycle
    missing = _missing(entries)
    problem = transition_problem(was, now, checked=_checked(entries))
    if problem:
        yield error("lifecycle_jump", subject, problem)
    if now not in SERVING:
        return
    if missing:
        told = error if is_promotion(was, now) else warning
        yield told("checklist_incomplete", subject, _lacks(missing))
    for entry in entries:
        if entry.required:
            yield from _expiring(entry, subject, now_us)


def _missing(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.required and not entry.holds]


def _checked(entries: Iterable[Entry]) -> bool:
    """Whether something is asked for, and all of it is there."""
    required = [entry for entry in entries if entry.required]
    return bool(required) and not _missing(required)


def _lacks(missing: Iterable[Entry]) -> str:
    slots = ", ".join(entry.slot.label.lower() for entry in missing)
    return f"Its checklist lacks evidence that holds for: {slots}."


def _expiring(entry: Entry, subject: str, now_us: int) -> Iterator[Finding]:
    if entry.item is None or entry.item.expires_on is None or not entry.holds:
        return
    days = notice_days(day_ends_us(entry.item.expires_on), now_us)
    if days:
        said = f"Its evidence on {entry.slot.label.lower()} ends within {days} days."
        yield warning("checklist_expires", subject, said)


def _rollbacks(deployments: Iterable[Deployment], now_us: int) -> Iterator[Finding]:
    """Of versions that are approved somewhere, and in use there. One finding each, since it is the same of
    every version."""
    in_use = (each for each in deployments if each.enabled and each.effective_lifecycle == Lifecycle.APPROVED)
    versions = sorted({each.version for each in in_use}, key=str)
    states: dict[UUID, set[str]] = {}
    for each in deployments:
        states.setdefault(each.version_id, set()).add(each.effective_lifecycle)
    plans = {plan.version_id: plan for plan in RollbackPlan.objects.select_related("returns_to__model")}
    recent = Drill.objects.filter(passed=True, held_at__gte=from_us(now_us) - DRILL_HOLDS)
    tried = set(recent.order_by().values_list("version_id", "returns_to"))
    unplanned = [version for version in versions if version.pk not in plans]
    planned = [(version, plans[version.pk]) for version in versions if version.pk in plans]
    untried = [version for version, plan in planned if (version.pk, str(plan.returns_to)) not in tried]
    gone = [version for version, plan in planned if _is_gone(plan.returns_to, states)]
    for code, found, said in (
        ("rollback_unplanned", unplanned, "It is not said what is returned to from"),
        ("rollback_untried", untried, f"No drill passed within {DRILL_HOLDS.days} days of"),
        ("rollback_to_retired", gone, "The plan returns to a version that is retired, of"),
    ):
        if found:
            names = ", ".join(str(version) for version in found)
            yield warning(code, "rollback plans", f"{said}: {names}.")


def _is_gone(version: ModelVersion, states: Mapping[UUID, set[str]]) -> bool:
    """Whether it is retired, or is in every place where it is deployed."""
    of_places = states.get(version.pk, set())
    return version.lifecycle == Lifecycle.RETIRED or of_places == {Lifecycle.RETIRED}
