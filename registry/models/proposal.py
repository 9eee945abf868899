"""Proposed changes, who had a hand in them, and who approved exactly what."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.core.ids import uuid7
from registry.core.changes import ChangeSet, digest_of, read
from registry.models.release import Release
from registry.models.review import Area

MAX_TITLE_LENGTH = 200


class ProposalState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    APPLIED = "applied", "Applied"
    REJECTED = "rejected", "Rejected"
    FAILED = "failed", "Failed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


# What nothing follows. A failed one may be taken up again as a draft.
FINAL_STATES = (
    ProposalState.APPLIED,
    ProposalState.REJECTED,
    ProposalState.WITHDRAWN,
    ProposalState.EXPIRED,
)


class Source(models.TextChoices):
    """The door it came through."""

    ADMIN = "admin", "Admin"
    API = "api", "API"
    COMMAND = "command", "Command"
    ROLLBACK = "rollback", "Rollback"
    LOOSENING = "loosening", "A loosening that needs review"
    SYSTEM = "system", "Signalbox"


class Proposal(models.Model):
    """A change set with its reason. While it is a draft it may be edited; what was submitted is what is
    approved, by its digest, and what is applied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True, editable=False)
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    reason = models.TextField(blank=True, help_text="Why: it is kept with the release.")
    state = models.CharField(
        max_length=16, choices=ProposalState.choices, default=ProposalState.DRAFT, editable=False
    )
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.ADMIN, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals", editable=False
    )
    author_name = models.CharField(max_length=150, editable=False)
    changes = models.TextField(editable=False, help_text="The change set, as canonical JSON.")
    digest = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of title, reason and change set."
    )
    base = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )  # the release that it was made on
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    scheduled_for = models.DateTimeField(
        "apply at", null=True, blank=True, help_text="UTC. Empty: as soon as it is approved."
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="proposals", editable=False
    )  # the one that it became
    failure = models.TextField(blank=True, default="", editable=False)
    break_glass = models.BooleanField(
        default=False, editable=False, help_text="Applied in an emergency, before anybody reviewed it."
    )
    review_due_at = models.DateTimeField(null=True, editable=False)  # of a break-glass change
    reverts_at = models.DateTimeField(null=True, editable=False)  # of a break-glass change

    class Meta:
        ordering = ["-number"]
        default_permissions: ClassVar[list[str]] = ["view"]
        permissions = [
            ("propose", "Can propose changes"),
            ("approve_platform", "Can approve changes of the platform"),
            ("approve_privacy", "Can approve changes of privacy"),
            ("approve_finance", "Can approve changes of finance"),
            ("break_glass", "Can apply a change in an emergency before it is reviewed"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposal_state_known"),
            models.CheckConstraint(
                condition=~Q(state=ProposalState.APPLIED) | Q(release__isnull=False),
                name="proposal_applied_is_a_release",
            ),
            models.CheckConstraint(
                condition=Q(break_glass=False)
                | (Q(review_due_at__isnull=False) & Q(reverts_at__isnull=False)),
                name="proposal_break_glass_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.number} {self.title}"

    @property
    def change_set(self) -> ChangeSet:
        return read(self.changes)

    @property
    def said_digest(self) -> str:
        """The digest of what it says, which `digest` has to be."""
        return digest_of(self.title, self.reason, self.change_set)

    @property
    def is_open(self) -> bool:
        return self.state not in FINAL_STATES


class ProposalEdit(models.Model):
    """Who had a hand in a proposal. None of them approves it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="edits")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    editor_name = models.CharField(max_length=150)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        default_permissions: ClassVar[list[str]] = ["view"]

    def __str__(self) -> str:
        return f"{self.editor_name}, {self.at:%Y-%m-%d %H:%M}"


class ProposalArea(models.Model):
    """What a submission needs: taken once, when it was submitted, and bound to its digest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="areas")
    digest = models.CharField(max_length=64)
    area = models.CharField(max_length=16, choices=Area.choices)
    quorum = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["area"]
        default_permissions: ClassVar[list[str]] = ["view"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "digest", "area"], name="proposal_area_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_area_display()}: {self.quorum}"


class Verdict(models.TextChoices):
    APPROVE = "approve", "Approved"
    REJECT = "reject", "Rejected"


class Approval(models.Model):
    """One person's verdict on one digest, for one area. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="approvals")
    digest = models.CharField(max_length=64)
    area = models.CharField(max_length=16, choices=Area.choices)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals")
    approver_name = models.CharField(max_length=150)
    acting_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # whose right was used, where it was delegated
    acting_for_name = models.CharField(max_length=150, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        default_permissions: ClassVar[list[str]] = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "digest", "area", "approver"], name="approval_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.approver_name}"


class Delegation(models.Model):
    """`delegate` may approve in `principal`'s place for a time. Made by the principal alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    principal = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegated"
    )
    delegate = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acts_for")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    reason = models.TextField(help_text="Such as “on leave”.")

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="delegation_window_not_empty"
            ),
            models.CheckConstraint(
                condition=~Q(principal=models.F("delegate")), name="delegation_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.principal} until {self.ends_at:%Y-%m-%d}"


class BreakGlassReview(models.Model):
    """What a second person said, afterwards, of a change that was applied in an emergency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="review")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewer_name = models.CharField(max_length=150)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        default_permissions: ClassVar[list[str]] = ["view"]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.reviewer_name}"


class Permit(models.Model):
    """What the database asks for before it lets a governed row be written; see registry.triggers.

    No row of this table is ever committed: `barrier` names a proposal that does not exist, and the deferred
    foreign key is looked at on COMMIT. A permit for an approved proposal may be deleted once that is applied;
    one without a proposal (a rehearsal) may not, so that its transaction can only be rolled back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, null=True, related_name="+")
    barrier = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return f"permit of {self.proposal_id or 'a rehearsal'}"
