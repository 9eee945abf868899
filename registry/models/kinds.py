"""What notices are about: a closed list, so that people and webhooks can choose among it."""

from django.db import models


class NoticeKind(models.TextChoices):
    PROPOSAL_SUBMITTED = "proposal.submitted", "A proposal waits for approval"
    PROPOSAL_APPROVED = "proposal.approved", "A proposal was approved"
    PROPOSAL_REJECTED = "proposal.rejected", "A proposal was rejected"
    PROPOSAL_EXPIRED = "proposal.expired", "A proposal was not decided on in time"
    PROPOSAL_FAILED = "proposal.failed", "A proposal could not be applied"
    SUSPENSION_PLACED = "suspension.placed", "Something was suspended"
    BREAKGLASS_USED = "breakglass.used", "Somebody broke the glass"
    CERTIFICATION_EXPIRING = "certification.expiring", "Evidence expires"
    MODEL_RETIRING = "model.retiring", "A model retires"
    MODEL_DRIFT = "model.drift", "A model answered as another one"
    FALLBACK_BAND = "fallback.band", "Fallbacks serve more than they should, or no more"
    FAILOVER_DRILL = "failover.drill", "A planned failover drill failed"
    BUDGET_THRESHOLD = "budget.threshold", "A budget passed a threshold"
    REVIEW_WAITING = "review.waiting", "Answers wait for a person"
    REVIEW_DECIDED = "review.decided", "An answer that waited was decided on"
    LOGIN_LOCKED = "login.locked", "A login was locked"
