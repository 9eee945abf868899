from django.db import models

from audit.core.ids import uuid7


class RetirementWarning(models.Model):
    """That people were told of the end of a version, or of one deployment of it, so many days ahead: once for
    each date and each distance."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_id = models.UUIDField()
    retires_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "retires_on", "days"], name="retirement_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} on {self.retires_on}, {self.days} days ahead"
