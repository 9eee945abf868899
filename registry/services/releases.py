"""Publishing: one transaction makes the release, records it and switches every process."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.services import entries
from registry.errors import (
    NothingToPublish,
    PublishNotPermitted,
    PublishRefused,
    ReasonMissing,
    ReleaseChanged,
)
from registry.models import Pointer, Release, User
from registry.releases.clock import to_us
from registry.releases.compare import Change, compare
from registry.releases.compiler import Compiled, compile_document, errors_in, validate_document
from registry.releases.findings import Finding
from registry.selectors import live_release
from registry.services import wakeup
from registry.services.snapshot import on_one_state

PERMISSION = "registry.publish_release"


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing now would do. `digest` names it: give it to `publish` to publish exactly this."""

    digest: str
    live_number: int | None
    live_digest: str | None
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def publishable(self) -> bool:
        return not errors_in(self.findings) and self.digest != self.live_digest


def preview() -> Preview:
    """Compile, validate and compare with the live release, without writing anything."""
    return on_one_state(_preview)


def _preview() -> Preview:
    compiled = compile_document()
    live = live_release()
    return Preview(
        digest=compiled.digest,
        live_number=live.number if live else None,
        live_digest=live.digest if live else None,
        changes=compare(live.document if live else {}, compiled.document),
        findings=validate_document(compiled.document, to_us(timezone.now())),
    )


def publish(
    *,
    actor: User,
    reason: str,
    approved_by: User | None = None,
    expected_digest: str | None = None,
) -> Release:
    """Make what the tables say now the live release.

    1. Whoever has not the right, or gives no reason, is refused.
    2. The document is compiled from one state of all tables, under the pointer's lock; where
       `expected_digest` is given, it must be what was reviewed (ReleaseChanged), and it must differ from what
       is live (NothingToPublish).
    3. Errors of validation refuse it (PublishRefused, with the findings).
    4. Release, register entry and pointer are written in one transaction; processes are woken on commit.
    """
    if not actor.has_perm(PERMISSION):
        raise PublishNotPermitted
    if not reason.strip():
        raise ReasonMissing
    return on_one_state(lambda: _publish(actor, reason.strip(), approved_by, expected_digest))


def _publish(actor: User, reason: str, approved_by: User | None, expected_digest: str | None) -> Release:
    pointer, _ = Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    compiled, now = compile_document(), timezone.now()
    if expected_digest is not None and compiled.digest != expected_digest:
        raise ReleaseChanged
    if pointer.release is not None and pointer.release.digest == compiled.digest:
        raise NothingToPublish
    findings = validate_document(compiled.document, to_us(now))
    if errors_in(findings):
        raise PublishRefused(findings)
    release = _insert(compiled, actor, reason, approved_by, now)
    _record(release, pointer.release, actor, approved_by, findings)
    pointer.release = release
    pointer.save(update_fields=["release"])
    transaction.on_commit(wakeup.announce)
    return release


def _insert(compiled: Compiled, actor: User, reason: str, approved_by: User | None, now: datetime) -> Release:
    last = Release.objects.order_by("-number").values_list("number", flat=True).first() or 0
    return Release.objects.create(
        number=last + 1,
        digest=compiled.digest,
        document=compiled.text,
        reason=reason,
        published_at=now,
        published_by=actor,
        published_by_name=actor.get_username(),
        approved_by=approved_by,
        approved_by_name=approved_by.get_username() if approved_by else "",
        self_published=approved_by is None or approved_by.pk == actor.pk,
    )


def _record(
    release: Release,
    before: Release | None,
    actor: User,
    approved_by: User | None,
    findings: tuple[Finding, ...],
) -> None:
    body: dict[str, Any] = {
        "actor": entries.actor_of(actor),
        "release": {"number": release.number, "sha256": release.digest},
        "before": {"number": before.number, "sha256": before.digest} if before else None,
        "reason": release.reason[:2000],
        "approved_by": approved_by.get_username() if approved_by else None,
        "self_published": release.self_published,
        "warnings": sorted({finding.code for finding in findings}),
    }
    entries.record("release.published", body)
