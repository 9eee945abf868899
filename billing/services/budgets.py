"""Creating and changing budgets. A change takes effect in every process within a second."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from billing.models import Budget
from billing.services import epochs
from registry.services import directory

# What decides which money a counter counts; the limit is given with every hold, so it is not among these.
COUNTED = ("team_id", "application_id", "api_key", "end_user", "each_end_user", "model", "window")


@transaction.atomic
def save(*, budget: Budget, actor: AbstractBaseUser | AnonymousUser | None) -> Budget:
    """Write a new or changed budget; raises ValidationError.

    A budget that begins to count, or counts other money than before, makes the counters be rebuilt, so that
    it starts with what was spent in its window already. A limit takes effect without that: lowered below
    what is spent, it refuses everything until the window ends.
    """
    before = Budget.objects.select_for_update().filter(pk=budget.pk).first() if budget.pk else None
    budget.full_clean()
    budget._history_user = actor  # type: ignore[attr-defined]  # read by simple-history
    budget.save()
    if _counts(budget) and (before is None or not _counts(before) or _scope(before) != _scope(budget)):
        epochs.advance()
    directory.bump()
    return budget


def _counts(budget: Budget) -> bool:
    return budget.enabled and budget.enforcement == Budget.Enforcement.HARD


def _scope(budget: Budget) -> tuple[object, ...]:
    return tuple(getattr(budget, name) for name in COUNTED)
