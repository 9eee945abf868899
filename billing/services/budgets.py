"""Creating and changing budgets. A change takes effect in every process within a second, unless it loosens a
hard one: then it is proposed."""

from dataclasses import dataclass

from django.db import transaction

from billing.core.loosening import SCOPE
from billing.models import Budget
from billing.services import epochs
from registry.core.changes import Change
from registry.models import Proposal, User
from registry.services import directory, loosening

# What decides which money a counter counts; the limit is given with every hold, so it is not among these.
COUNTED = (*SCOPE, "each_end_user", "window")


@dataclass(frozen=True, slots=True)
class Saved:
    """The budget as it is now, and the `proposal` of what was asked for and loosens it."""

    budget: Budget
    proposal: Proposal | None = None


@transaction.atomic
def save(*, budget: Budget, actor: User | None, reason: str = "") -> Saved:
    """Write a new or changed budget; raises ValidationError, and what registry.services.loosening.ask raises.

    A budget that begins to count, or counts other money than before, makes the counters be rebuilt, so that
    it starts with what was spent in its window already. A limit takes effect without that: lowered below
    what is spent, it refuses everything until the window ends.
    """
    budget.full_clean()
    reviewed = loosening.before_of(budget)
    held = loosening.hold_back(budget)
    before = Budget.objects.select_for_update().filter(pk=budget.pk).first() if budget.pk else None
    budget.full_clean()
    budget._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
    budget.save()
    if _counts(budget) and (before is None or not _counts(before) or _scope(before) != _scope(budget)):
        epochs.advance()
    directory.bump()
    loosening.record(actor, reviewed, budget)
    if held is None:
        return Saved(budget)
    proposal = loosening.ask(actor=actor, held=held, reason=reason)
    budget.refresh_from_db()
    return Saved(budget, proposal)


def applied(change: Change, proposal: Proposal) -> None:
    """A reviewed change is written: counters that count other money now are rebuilt."""
    if set(change.fields) & {*COUNTED, "enabled", "enforcement"}:
        epochs.advance()


def _counts(budget: Budget) -> bool:
    return budget.enabled and budget.enforcement == Budget.Enforcement.HARD


def _scope(budget: Budget) -> tuple[object, ...]:
    return tuple(budget.serializable_value(name) for name in COUNTED)
