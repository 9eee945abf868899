"""The epoch of the counters: raised in the transaction of a change that they do not count yet."""

from django.db.models import F

from billing.models import BudgetEpoch


def advance() -> None:
    """Holds made before this commits are refused at their claim; the next one finds rebuilt counters."""
    BudgetEpoch.objects.get_or_create(pk=1)
    BudgetEpoch.objects.filter(pk=1).update(epoch=F("epoch") + 1)
