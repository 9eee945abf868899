"""What publishing is told of the versions that a release serves."""

from collections.abc import Iterator
from datetime import date

from registry.core.expiry import notice_days
from registry.models import Lifecycle
from registry.releases.clock import day_begins_us
from registry.releases.findings import Finding, warning
from registry.releases.sections import Document


def retirement_findings(document: Document, now_us: int) -> Iterator[Finding]:
    """One for each version that ends within 90 days and is still deployed, and each day on which it does."""
    serving: dict[tuple[str, str, str], list[str]] = {}
    for deployment in document["deployments"]:
        if deployment["enabled"] and deployment["lifecycle"] != Lifecycle.RETIRED:
            key = (deployment["model"], deployment["version"], deployment.get("retires_on", ""))
            serving.setdefault(key, []).append(deployment["name"])
    for (model, version, ends), names in sorted(serving.items()):
        days = notice_days(day_begins_us(date.fromisoformat(ends)), now_us) if ends else None
        if days is not None:
            yield warning("retires_soon", f"version {model} {version}", _said(ends, days, ", ".join(names)))


def _said(ends: str, days: int, names: str) -> str:
    if not days:
        return f"Its provider turned it off on {ends}, and these still name it: {names}."
    return f"Its provider turns it off on {ends}, within {days} days, and these depend on it: {names}."
