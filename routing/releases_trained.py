"""Trained routers' section of a release."""

from collections.abc import Iterator
from typing import Any

from registry.releases import Document, Finding, error
from routing.core.document import DocumentUnreadable, release_from
from routing.core.scoring import routers_named
from routing.models import TrainedRouter

SECTION = "trained_routers"


def compile_routers() -> dict[str, Any]:
    """Those that are on, by name. Without any there is nothing to say, so that a release of before there were
    routers keeps its digest."""
    rows = TrainedRouter.objects.filter(enabled=True).order_by("name")
    values = [row.value for row in rows]
    return {"trained_routers": values} if values else {}


def validate_routers(document: Document, now_us: int) -> Iterator[Finding]:
    """Policies' section says of a document that can't be read that it can't."""
    try:
        release = release_from(0, "", document)
    except DocumentUnreadable:
        return
    for policy in release.policies.values():
        for name in sorted(routers_named(policy) - release.routers.keys()):
            message = f"There is no trained router {name} that is on."
            yield error("router_unknown", f"policy {policy.name}", message)
