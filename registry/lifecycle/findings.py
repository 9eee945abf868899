"""What publishing is told of the versions that a release serves."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from registry.core.expiry import notice_days
from registry.models import Lifecycle
from registry.releases.clock import day_begins_us
from registry.releases.findings import Finding, warning
from registry.releases.sections import Document


def retirement_findings(document: Document, now_us: int) -> Iterator[Finding]:
    """One for each version that ends within 90 days and is still deployed."""
    serving: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for deployment in document["deployments"]:
        if deployment["enabled"] and deployment["lifecycle"] != Lifecycle.RETIRED:
            key = (deployment["model"], deployment["version"])
            serving.setdefault(key, []).append(deployment)
    for (model, version), deployments in sorted(serving.items()):
        ends = deployments[0].get("retires_on", "")
        days = notice_days(day_begins_us(date.fromisoformat(ends)), now_us) if ends else None
        if days is not None:
            names = ", ".join(deployment["name"] for deployment in deployments)
            yield warning("retires_soon", f"version {model} {version}", _said(ends, days, names))


def _said(ends: str, days: int, names: str) -> str:
    if not days:
        return f"Its provider turned it off on {ends}, and these still name it: {names}."
    return f"Its provider turns it off on {ends}, within {days} days, and these depend on it: {names}."
