"""What a run measured, as the evidence that the checklist of a version asks for."""

from collections.abc import Mapping
from datetime import date

from audit.selectors import words
from evaluation.core.comparing import Summary
from evaluation.models import ModelRun
from registry.lifecycle.checklists import required_slots
from registry.models import ChecklistItem, ChecklistRule, ModelVersion, Slot


def fill(*, run: ModelRun, measured_on: date, measured: Mapping[str, Summary], checked_by: str) -> None:
    """Fills the evaluation slot of the versions in `measured` (by `model@version`) whose checklist requires
    one. What somebody found later stays; the new finding counts for as long as the one that it replaces did.

    Writes governed rows: to be called where a proposal is drafted.
    """
    rules = list(ChecklistRule.objects.all())
    for version in ModelVersion.objects.select_related("model").filter(
        model__name__in={name.rsplit("@", 1)[0] for name in measured}
    ):
        summary = measured.get(f"{version.model.name}@{version.name}")
        if summary is not None and Slot.EVALUATION in required_slots(version, rules):
            _write(run, measured_on, summary, version, checked_by)


def _write(
    run: ModelRun, measured_on: date, summary: Summary, version: ModelVersion, checked_by: str
) -> None:
    item = ChecklistItem.objects.filter(version=version, slot=Slot.EVALUATION).first()
    if item is None:
        item = ChecklistItem(version=version, slot=Slot.EVALUATION)
    elif item.checked_on > measured_on:
        return
    elif item.expires_on is not None:
        item.expires_on = measured_on + (item.expires_on - item.checked_on)
    item.finding, item.link, item.sha256 = _finding(run, summary), "", run.digest
    item.checked_by, item.checked_on = checked_by, measured_on
    item.full_clean()
    item.save()


def _finding(run: ModelRun, summary: Summary) -> str:
    low, high = summary.interval
    return (
        f"Quality {summary.quality.value:.3f} ({low:.3f} to {high:.3f}) over {summary.graded} graded answers "
        f"to {run.set.name}, {words.usd(summary.cost_nano)} an answer, median "
        f"{words.milliseconds(summary.median_ms)}. Run {run.pk}, data {run.set_digest[:12]}."
    )
