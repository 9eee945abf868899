"""From a run of models to what routes rely on: a proposal, since it changes who serves."""

from audit.core.means import Mean
from evaluation.core.comparing import Summary
from evaluation.errors import NotEnoughOutcomes, RunRefused
from evaluation.models import ModelRun, RunState
from evaluation.selectors import results
from registry.models import Proposal, Source, User
from registry.services import proposals
from registry.services.rehearsal import rehearse
from routing.models import MeasuredQuality

MIN_GRADED = 100  # below it, an interval is as wide as what one wants to tell apart
MILLI = 1000


def propose(*, run: ModelRun, author: User, reason: str, source: str = Source.COMMAND) -> Proposal:
    """A draft in which what the run measured is the quality of its versions on its set.

    Raises RunRefused for one that did not come to its end, NotEnoughOutcomes, and what proposals raise.
    """
    if run.state != RunState.DONE or run.ended_at is None:
        raise RunRefused("Only a run that came to its end measures anything.")
    found, _ = results(run)
    graded = {_version(each): _thousandths(each) for each in found if each.graded >= MIN_GRADED}
    if not graded:
        raise NotEnoughOutcomes(f"No version gave {MIN_GRADED} answers that were graded.")
    measured_on = run.ended_at.date()

    def write() -> None:
        row = MeasuredQuality.objects.filter(name=run.set.name).first() or MeasuredQuality(name=run.set.name)
        row.qualities, row.measured_on = graded, measured_on
        row.set_sha256, row.outcomes_sha256 = run.set_digest, run.digest
        row.full_clean()
        row.save()

    return proposals.draft(
        author=author,
        title=f"Rely on what was measured on {run.set.name}",
        reason=reason,
        changes=rehearse(write).changes,
        source=source,
    )


def _version(summary: Summary) -> str:
    return "@".join(summary.who.rsplit(" ", 1))


def _thousandths(summary: Summary) -> list[int]:
    quality: Mean = summary.quality
    low, high = (min(max(end, 0.0), 1.0) for end in quality.interval)
    return [*(round(part * MILLI) for part in (quality.value, low, high)), summary.graded]
