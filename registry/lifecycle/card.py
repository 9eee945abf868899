"""The model card of a version: everything that is known of it here, as one value of canonical JSON.

The card names the release that was in force when it was made. Its digest is of the canonical JSON of all
that it says but the moment of its making, so that equal cards have equal digests.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from audit.core.canonical import canonical_json, sha256_hex
from registry.core.pinning import moves
from registry.lifecycle.checklists import checklist_of
from registry.lifecycle.dependants import dependants_of, uses_of
from registry.models import (
    Certification,
    ChecklistRule,
    Decision,
    Deployment,
    Drift,
    Drill,
    ModelVersion,
    Release,
    RollbackPlan,
)
from registry.selectors import read_pointer

Card = dict[str, Any]
MAX_ROWS = 100  # of one kind


def card_of(version: ModelVersion, now: datetime, *, with_uses: bool = True) -> Card:
    """Without `with_uses`, what applications did with it is left out: that is beyond the reader's teams."""
    deployments = list(_deployments(version))
    said: Card = {
        "model": _model(version),
        "version": _version(version),
        "release": _release(),
        "checklist": _checklist(version, now),
        "deployments": [_deployment(row, now) for row in deployments],
        "certifications": _certifications(deployments, now),
        "used_by": [f"{found.noun} {found.name}" for found in dependants_of(version)],
        "drift": _drift(version),
        "rollback": _rollback(version),
        "lifecycle": lifecycle_history(version),
    }
    if with_uses:
        said["applications_30_days"] = [
            {"application": use.application, "requests": use.requests} for use in uses_of(version, now)
        ]
    return {**said, "sha256": sha256_hex(canonical_json(said)), "made_at": _moment(now)}


def lifecycle_history(version: ModelVersion) -> list[dict[str, str]]:
    """When it came into each state and by whom, the first first."""
    rows = version.history.order_by("history_date", "history_id")  # type: ignore[attr-defined]
    found: list[dict[str, str]] = []
    for row in rows.only("lifecycle", "history_date", "history_actor", "history_change_reason"):
        if not found or found[-1]["lifecycle"] != row.lifecycle:
            said = {"lifecycle": str(row.lifecycle), "since": _moment(row.history_date)}
            found.append({**said, "by": row.history_actor, "why": row.history_change_reason or ""})
    return found[-MAX_ROWS:]


def _model(version: ModelVersion) -> dict[str, Any]:
    model = version.model
    return {
        "name": model.name,
        "family": model.family,
        "tier": str(model.tier),
        "purpose": model.description,
        "intended_uses": model.intended_uses,
        "prohibited_uses": model.prohibited_uses,
        "limits": model.limitations,
        "owner": model.owner,
        "risk_rating": str(model.risk_rating),
        "risk_reason": model.risk_reason,
        "capabilities": sorted(model.capabilities),
        "context_window_tokens": model.context_window_tokens,
        "max_output_tokens": model.max_output_tokens,
    }


def _version(version: ModelVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "upstream_id": version.upstream_id,
        "pinned": not moves(version.upstream_id),
        "lifecycle": str(version.lifecycle),
        "released_on": _day(version.released_on),
        "retires_on": _day(version.retires_on),
        "model_card_url": version.model_card_url,
        "notes": version.notes,
    }


def _release() -> dict[str, Any] | None:
    """What is in force."""
    release_id = read_pointer().release_id
    if release_id is None:
        return None
    row = Release.objects.only("number", "digest").filter(pk=release_id).first()
    return {"number": row.number, "sha256": row.digest} if row else None


def _checklist(version: ModelVersion, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "slot": entry.slot.value,
            "required": entry.required,
            "holds": entry.holds,
            "finding": item.finding if item else "",
            "link": item.link if item else "",
            "sha256": item.sha256 if item else "",
            "checked_by": item.checked_by if item else "",
            "checked_on": _day(item.checked_on) if item else None,
            "expires_on": _day(item.expires_on) if item else None,
        }
        for entry in checklist_of(version, ChecklistRule.objects.all(), now.date())
        for item in (entry.item,)
    ]


def _deployments(version: ModelVersion) -> Iterable[Deployment]:
    rows = version.deployments.select_related("provider").prefetch_related("cells__data_class")
    return rows.order_by("name")[:MAX_ROWS]


def _deployment(row: Deployment, now: datetime) -> dict[str, Any]:
    """With the classes of data that it may see now."""
    open_cells = [
        cell
        for cell in row.cells.all()
        if cell.decision != Decision.DENIED
        and (cell.valid_from is None or cell.valid_from <= now)
        and (cell.valid_to is None or now < cell.valid_to)
    ]
    return {
        "name": row.name,
        "provider": row.provider.name,
        "region": row.region,
        "country": row.country,
        "enabled": row.enabled,
        "lifecycle": row.effective_lifecycle.value,
        "retires_on": _day(row.ends_on),
        "data_classes": {cell.data_class.name: str(cell.decision) for cell in open_cells},
    }


def _certifications(deployments: Iterable[Deployment], now: datetime) -> list[dict[str, Any]]:
    """Of the deployments and of their providers."""
    held = Certification.objects.filter(deployment__in=[row.pk for row in deployments])
    held |= Certification.objects.filter(provider__in={row.provider_id for row in deployments})
    rows = held.select_related("provider", "deployment").order_by("name")[:MAX_ROWS]
    return [
        {
            "name": row.name,
            "kind": str(row.kind),
            "holder": row.holder,
            "state": row.standing(now).value,
            "expires_on": _day(row.expires_on),
            "sha256": row.evidence_sha256,
        }
        for row in rows
    ]


def _drift(version: ModelVersion) -> list[dict[str, Any]]:
    rows = Drift.objects.filter(model=version.model.name, model_version=version.name)[:MAX_ROWS]
    return [
        {
            "deployment": row.deployment,
            "reported": row.reported,
            "fingerprint": row.fingerprint,
            "seen_at": _moment(row.seen_at),
            "blocked": row.blocked,
        }
        for row in rows
    ]


def _rollback(version: ModelVersion) -> dict[str, Any] | None:
    plan = RollbackPlan.objects.filter(version=version).select_related("returns_to__model").first()
    if plan is None:
        return None
    drill = Drill.objects.filter(version_id=version.pk, returns_to=str(plan.returns_to)).first()
    held = {"held_at": _moment(drill.held_at), "passed": drill.passed} if drill else None
    return {"returns_to": str(plan.returns_to), "notes": plan.notes, "drill": held}


def _moment(moment: datetime) -> str:
    return moment.astimezone(timezone.get_default_timezone()).isoformat(timespec="seconds")


def _day(day: Any) -> str | None:
    return None if day is None else str(day)
