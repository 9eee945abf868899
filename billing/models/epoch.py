"""Under which count of the live counters holds are valid."""

from django.db import models


class BudgetEpoch(models.Model):
    """The single row that a rebuild locks. It grows whenever counters made before must count no longer.

    `holds_floor_at` is a time before which no hold is open any more: the ledger need not be searched there.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    epoch = models.BigIntegerField(default=1)
    holds_floor_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions: list[str] = []
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="billing_epoch_is_single")]

    def __str__(self) -> str:
        return f"epoch {self.epoch}"
