"""From a run of models to what routes and checklists rely on: a proposal, since it changes who serves."""

from datetime import UTC

from evaluation.core.comparing import Summary
from evaluation.errors import NotEnoughOutcomes, RunRefused
from evaluation.models import ModelRun, RunState
from evaluation.selectors import results
from evaluation.services import evidence
from registry.core.changes import ChangeSet
from registry.models import Proposal, Source, User
from registry.services import proposals
from registry.services.rehearsal import rehearse
from routing.models import MeasuredQuality

MIN_GRADED = 100  # below it, an interval is as wide as what one wants to tell apart
MILLI = 1000


def changes_of(*, run: ModelRun, author: User) -> ChangeSet:
    """What the run measured, as the quality of its versions on its set, and as the evidence of those whose
    checklist requires an evaluation.

    Raises RunRefused for one that did not come to its end, and NotEnoughOutcomes.
    """
    if run.state != RunState.DONE or run.ended_at is None:
        raise RunRefused("Only a run that came to its end measures anything.")
    found, _ = results(run)
    measured = {_version(each): each for each in found if each.graded >= MIN_GRADED}
    if not measured:
        few = (
            f"No version gave {MIN_GRADED} answers that were graded: fewer say too little. Run a longer set."
        )
        raise NotEnoughOutcomes(few)
    measured_on = run.ended_at.astimezone(UTC).date()

    def write() -> None:
        row = MeasuredQuality.objects.filter(name=run.set.name).first() or MeasuredQuality(name=run.set.name)
        row.qualities = {version: _thousandths(summary) for version, summary in measured.items()}
        row.measured_on = measured_on
        row.set_sha256, row.outcomes_sha256 = run.set_digest, run.digest
        row.full_clean()
        row.save()
        evidence.fill(run=run, measured_on=measured_on, measured=measured, checked_by=author.get_username())

    return rehearse(write).changes


def propose(*, run: ModelRun, author: User, reason: str, source: str = Source.COMMAND) -> Proposal:
    """A draft of the run's changes. Raises what `changes_of` and proposals raise."""
    return proposals.draft(
        author=author,
        title=f"Rely on what was measured on {run.set.name}",
        reason=reason,
        changes=changes_of(run=run, author=author),
        source=source,
    )


def _version(summary: Summary) -> str:
    return "@".join(summary.who.rsplit(" ", 1))


def _thousandths(summary: Summary) -> list[int]:
    return [*(round(part * MILLI) for part in (summary.quality.value, *summary.interval)), summary.graded]
