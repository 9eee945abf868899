"""What publishing refuses and warns of in the life of versions: states that can't follow one another,
approvals without their evidence, and rollbacks that nobody planned or tried."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from registry.core.expiry import notice_days
from registry.lifecycle.checklists import Entry, checklist_of
from registry.lifecycle.transitions import SERVING, transition_problem
from registry.models import ChecklistRule, Drill, Lifecycle, ModelVersion, Pointer, RollbackPlan
from registry.releases.clock import day_ends_us, from_us
from registry.releases.findings import Finding, error, warning

DRILL_HOLDS = timedelta(days=180)
VERSIONS = ModelVersion._meta.label_lower


def lifecycle_findings(now_us: int) -> Iterator[Finding]:
    """Of every version, counted from what is in force."""
    rules = list(ChecklistRule.objects.all())
    before = lifecycles_in_force()
    versions = ModelVersion.objects.select_related("model").prefetch_related("checklist")
    for version in versions.order_by("model__name", "name"):
        entries = checklist_of(version, rules, from_us(now_us).date())
        yield from _of_version(version, before.get(str(version.pk)), entries, now_us)
    yield from _rollbacks(now_us)


def lifecycles_in_force() -> Mapping[str, str]:
    """Version → its state in the live release; empty where nothing is in force."""
    text = Pointer.objects.filter(pk=1).values_list("release__configuration", flat=True).first()
    rows = json.loads(text).get(VERSIONS, {}) if text else {}
    return {key: record["lifecycle"] for key, record in rows.items()}


def _of_version(
    version: ModelVersion, was: str | None, entries: tuple[Entry, ...], now_us: int
) -> Iterator[Finding]:
    subject, now = f"version {version}", version.lifecycle
    required = [entry for entry in entries if entry.required]
    missing = [entry for entry in required if not entry.holds]
    problem = transition_problem(was, now, checked=bool(required) and not missing)
    if problem:
        yield error("lifecycle_jump", subject, problem)
    if now not in SERVING:
        return
    if missing:
        slots = ", ".join(entry.slot.label.lower() for entry in missing)
        promoted = was not in SERVING or (now == Lifecycle.APPROVED and was != now)
        said = f"Its checklist lacks evidence that holds for: {slots}."
        yield (error if promoted else warning)("checklist_incomplete", subject, said)
    for entry in required:
        yield from _expiring(entry, subject, now_us)


def _expiring(entry: Entry, subject: str, now_us: int) -> Iterator[Finding]:
    if entry.item is None or entry.item.expires_on is None or not entry.holds:
        return
    days = notice_days(day_ends_us(entry.item.expires_on), now_us)
    if days:
        said = f"Its evidence on {entry.slot.label.lower()} ends within {days} days."
        yield warning("checklist_expires", subject, said)


def _rollbacks(now_us: int) -> Iterator[Finding]:
    """Of approved versions in use. One finding each, since it is the same of every version."""
    in_use = ModelVersion.objects.filter(lifecycle=Lifecycle.APPROVED, deployments__enabled=True)
    versions = list(in_use.select_related("model").distinct().order_by("model__name", "name"))
    plans = {plan.version_id: plan for plan in RollbackPlan.objects.select_related("returns_to__model")}
    recent = Drill.objects.filter(passed=True, held_at__gte=from_us(now_us) - DRILL_HOLDS)
    tried = set(recent.order_by().values_list("version_id", "returns_to"))
    unplanned = [version for version in versions if version.pk not in plans]
    planned = [(version, plans[version.pk]) for version in versions if version.pk in plans]
    untried = [version for version, plan in planned if (version.pk, str(plan.returns_to)) not in tried]
    gone = [version for version, plan in planned if plan.returns_to.lifecycle == Lifecycle.RETIRED]
    for code, found, said in (
        ("rollback_unplanned", unplanned, "It is not said what is returned to from"),
        ("rollback_untried", untried, f"No drill passed within {DRILL_HOLDS.days} days of"),
        ("rollback_to_retired", gone, "The plan returns to a version that is retired, of"),
    ):
        if found:
            names = ", ".join(str(version) for version in found)
            yield warning(code, "rollback plans", f"{said}: {names}.")
