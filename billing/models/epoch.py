"""Under which count of the live counters holds are valid."""

from typing import ClassVar

from django.db import models


class BudgetEpoch(models.Model):
    """The single row that a rebuild locks. It grows whenever counters made before must count no longer."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    epoch = models.BigIntegerField(default=1)

    class Meta:
        default_permissions: ClassVar[list[str]] = []
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="billing_epoch_is_single")]

    def __str__(self) -> str:
        return f"epoch {self.epoch}"
