"""Publishing: one transaction makes the release, records it and switches every process.

What is published is what the governed tables say, and nobody writes these but by an approved proposal: so
`publish` is called by the application of one (registry.services.applying).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.core.canonical import canonical_json
from audit.services import entries
from registry.core.changes import State
from registry.errors import PublishRefused, ReasonMissing
from registry.governed import read_state
from registry.models import Pointer, Release, User
from registry.releases.clock import to_us
from registry.releases.compare import Change, compare
from registry.releases.compiler import Compiled, compile_document, errors_in, validate_document
from registry.releases.findings import Finding
from registry.selectors import live_release
from registry.services import wakeup
from registry.services.snapshot import on_one_state


@dataclass(frozen=True, slots=True)
class Preview:
    """What the tables say, beside what is live. The digests differ only where somebody wrote around us."""

    digest: str
    live_number: int | None
    live_digest: str | None
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = field(default=())


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
    approvers: Sequence[User] = (),
    proposal_number: int | None = None,
    break_glass: bool = False,
) -> Release:
    """Make what the tables say now the live release; `actor` wrote it, and `approvers` agreed.

    1. The document is compiled from one state of all tables, under the pointer's lock.
    2. Errors of validation refuse it (PublishRefused, with the findings).
    3. Release, register entry and pointer are written in one transaction; processes are woken on commit.
    """
    if not reason.strip():
        raise ReasonMissing
    others = [user for user in approvers if user.pk != actor.pk]
    made = Authorship(actor, reason.strip(), tuple(others), proposal_number, break_glass)
    return on_one_state(lambda: _publish(made))


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who stands behind a release."""

    author: User
    reason: str
    approvers: tuple[User, ...]
    proposal_number: int | None
    break_glass: bool


def _publish(made: Authorship) -> Release:
    pointer, _ = Pointer.objects.select_for_update(of=("self",)).get_or_create(pk=1)
    compiled, now = compile_document(), timezone.now()
    findings = validate_document(compiled.document, to_us(now))
    if errors_in(findings):
        raise PublishRefused(findings)
    release = _insert(compiled, read_state(), made, now)
    _record(release, pointer.release, made, findings)
    pointer.release = release
    pointer.save(update_fields=["release"])
    transaction.on_commit(wakeup.announce)
    return release


def _insert(compiled: Compiled, state: State, made: Authorship, now: datetime) -> Release:
    last = Release.objects.order_by("-number").values_list("number", flat=True).first() or 0
    names = [user.get_username() for user in made.approvers]
    return Release.objects.create(
        number=last + 1,
        digest=compiled.digest,
        document=compiled.text,
        configuration=canonical_json(state).decode(),
        reason=made.reason,
        published_at=now,
        published_by=made.author,
        published_by_name=made.author.get_username(),
        approved_by=made.approvers[0] if made.approvers else None,
        approved_by_name=", ".join(names)[:150],
        approvers=names,
        proposal_number=made.proposal_number,
        break_glass=made.break_glass,
        self_published=not made.approvers,
    )


def _record(
    release: Release, before: Release | None, made: Authorship, findings: tuple[Finding, ...]
) -> None:
    body: dict[str, Any] = {
        "actor": entries.actor_of(made.author),
        "release": {"number": release.number, "sha256": release.digest},
        "before": {"number": before.number, "sha256": before.digest} if before else None,
        "reason": release.reason[:2000],
        "approved_by": release.approvers,
        "self_published": release.self_published,
        "break_glass": made.break_glass,
        "proposal": made.proposal_number,
        "warnings": sorted({finding.code for finding in findings}),
    }
    entries.record("release.published", body)
