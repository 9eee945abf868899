"""The register (entries, which are the evidence) and its projections (requests, attempts, content …)."""

from audit.models.attempt import Attempt
from audit.models.content import Content
from audit.models.entry import Emitter, Entry
from audit.models.feedback import Feedback
from audit.models.request import Request

__all__ = ["Attempt", "Content", "Emitter", "Entry", "Feedback", "Request"]
