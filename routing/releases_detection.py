"""Detection's section of a release: what is looked for, and what happens."""

from collections.abc import Iterator
from typing import Any

from registry.releases import Document, Finding, error, warning
from routing import engines
from routing.core.detected import rules_by_detector
from routing.core.document import DocumentUnreadable, release_from
from routing.core.release import CellDecision, DetectionRule, Release
from routing.detection.catalogue import is_optional
from routing.models import DetectionRule as DetectionRuleRow

SECTION = "detection"


def compile_detection() -> dict[str, Any]:
    """The rules that are on, by what they look for."""
    rows = DetectionRuleRow.objects.filter(enabled=True).select_related("data_class").order_by("finds")
    return {"detection": [_rule_value(row) for row in rows]}


def validate_detection(document: Document, now_us: int) -> Iterator[Finding]:
    """Policies' section says of a document that can't be read that it can't."""
    try:
        release = release_from(0, "", document)
    except DocumentUnreadable:
        return
    for rule in release.detection:
        yield from _problems(release, rule)
    optional = sorted(name for name in rules_by_detector(release.detection) if is_optional(name))
    if optional and not engines.is_installed():
        message = "The extra [presidio] is not installed, so every request would be refused."
        yield error("detector_missing", f"detection rule {optional[0]}", message)


def _problems(release: Release, rule: DetectionRule) -> Iterator[Finding]:
    subject = f"detection rule {rule.finds}"
    if rule.data_class and rule.data_class not in release.data_classes:
        yield error("class_unknown", subject, f"There is no data class {rule.data_class}.")
    elif rule.action == "reroute" and not _is_served(release, rule.data_class):
        message = f"No deployment may get {rule.data_class} data, so requests with such data are refused."
        yield warning("reroutes_nowhere", subject, message)


def _is_served(release: Release, data_class: str) -> bool:
    cells = (each.cells.get(data_class) for each in release.deployments.values() if each.enabled)
    return any(cell is not None and cell.decision is not CellDecision.DENIED for cell in cells)


def _rule_value(row: DetectionRuleRow) -> dict[str, Any]:
    return {
        "finds": row.finds,
        "data_class": row.data_class.name if row.data_class else "",
        "action": row.action,
        "output": row.output,
    }
