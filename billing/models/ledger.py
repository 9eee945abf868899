"""The ledger: the truth about money. Rows are added and never changed; the database sees to it."""

from django.db import models

from audit.core.ids import uuid7


class LedgerEntry(models.Model):
    """One movement of money for one request.

    reserved   held for the worst case, in the transaction of the claim
    settled    charged for one attempt; written with all others of its request in the unit that closes it
    released   the whole hold was let go, because nothing was charged
    adjusted   a correction of what was charged, up or down

    So a hold is open while its request has a `reserved` row and neither `settled` nor `released`, and what
    was spent is the sum of `settled` and `adjusted`. `attempt` is 0 for what concerns the whole request.
    `window_at` is when the hold was made, by which every row of a request falls into the same windows.
    """

    class Kind(models.TextChoices):
        RESERVED = "reserved", "reserved"
        SETTLED = "settled", "settled"
        RELEASED = "released", "released"
        ADJUSTED = "adjusted", "adjusted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    request_id = models.UUIDField()
    attempt = models.PositiveSmallIntegerField(db_default=0)
    amount_nano = models.BigIntegerField()
    team = models.CharField(max_length=200, blank=True)
    application = models.CharField(max_length=200, blank=True)
    api_key = models.CharField("API key", max_length=64, blank=True)
    end_user = models.CharField(max_length=256, blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="Empty on a hold for several models.")
    by_model = models.TextField(
        blank=True, db_default="", help_text="JSON: what a hold for several models holds of each."
    )
    window_at = models.DateTimeField()
    at = models.DateTimeField()
    price_id = models.CharField(max_length=64, blank=True, db_default="")
    price_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    usage_unknown = models.BooleanField(
        db_default=False, help_text="The provider told no usage: the worst case was charged."
    )
    shadow = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        help_text="The experiment whose shadow it was: no budget of the application paid for it.",
    )

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "ledger entries"
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["request_id", "kind", "attempt"], name="billing_ledger_once_per_request"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_nano__gte=0) | models.Q(kind="adjusted"),
                name="billing_ledger_amount_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["window_at"], name="billing_ledger_by_window")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_nano} for {self.request_id}"
