"""Measured qualities' section of a release."""

from collections.abc import Iterator
from typing import Any

from registry.releases import Document, Finding, error, warning
from routing.core.document import DocumentUnreadable, release_from
from routing.core.parts import every_part
from routing.core.release import Policy
from routing.core.routes import Balance, Model, Places
from routing.models import MeasuredQuality

SECTION = "measured"


def compile_measured() -> dict[str, Any]:
    """Those that are on, by name; nothing without any, so that releases of before keep their digest."""
    values = [row.value for row in MeasuredQuality.objects.filter(enabled=True).order_by("name")]
    return {SECTION: values} if values else {}


def validate_measured(document: Document, now_us: int) -> Iterator[Finding]:
    """Policies' section says of a document that can't be read that it can't."""
    try:
        release = release_from(0, "", document)
    except DocumentUnreadable:
        return
    for policy in release.policies.values():
        for name, models in _relied_on(policy):
            known = release.measured.get(name)
            if known is None:
                said = f"Nothing is measured on {name}, which a “balance by value” relies on."
                yield error("measurement_unknown", f"policy {policy.name}", said)
                continue
            measured = {version.partition("@")[0] for version in known}
            for model in sorted(models - measured):
                said = f"{model} was not measured on {name}: it is only chosen where nobody is known."
                yield warning("quality_unknown", f"policy {policy.name}", said)


def _relied_on(policy: Policy) -> Iterator[tuple[str, set[str]]]:
    """(measurement, the models among the members) of each balance that names one."""
    for rule in policy.rules:
        for part in every_part(rule.route) if rule.route is not None else ():
            if isinstance(part.route, Balance) and part.route.measured:
                asked = (each.model if isinstance(each, Places) else each for each, _ in part.route.members)
                yield part.route.measured, {each.model for each in asked if isinstance(each, Model)}
