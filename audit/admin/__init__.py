"""The register in admin: to be read and exported, never to be changed."""

from audit.admin.entries import EntryAdmin
from audit.admin.feedback import FeedbackAdmin
from audit.admin.requests import AttemptAdmin, RequestAdmin

__all__ = ["AttemptAdmin", "EntryAdmin", "FeedbackAdmin", "RequestAdmin"]
