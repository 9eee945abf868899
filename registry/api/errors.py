"""Every way in which the management API says no: one table of stable codes, and what errors become.

The shape is that of /v1: `{"error": {"message", "type", "param", "code"}}`. docs/errors.md lists the same
codes; a test compares the two.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.http import HttpResponse

from audit.core.canonical import NotCanonical
from registry import errors
from registry.core.changes import ChangeSetUnreadable
from registry.core.configuration import DocumentInvalid
from registry.services.applying import words_of

MAX_MESSAGE_CHARS = 2_000
INVALID = "invalid_request_error"
AUTHENTICATION = "authentication_error"
PERMISSION = "permission_error"
RATE = "rate_limit_error"
SERVER = "server_error"
COLLISION = "Two of its rows would collide, or a row would refer to what is gone."


@dataclass(frozen=True, slots=True)
class Code:
    status: int
    type: str
    meaning: str


CODES: Mapping[str, Code] = {
    "invalid_request": Code(
        400, INVALID, "A field or a parameter has the wrong type or value; `param` names it."
    ),
    "document_invalid": Code(400, INVALID, "The configuration says what can't be; `param` is where."),
    "changes_invalid": Code(400, INVALID, "The change set can't be read, or a row of it would not be valid."),
    "nothing_proposed": Code(400, INVALID, "What is proposed is what is in force."),
    "reason_missing": Code(400, INVALID, "A reason is needed: it is kept with the record."),
    "schedule_in_past": Code(400, INVALID, "The time to apply it lies in the past."),
    "invalid_token": Code(
        401, AUTHENTICATION, "No token or session, or one that is unknown, expired or revoked."
    ),
    "csrf_failed": Code(403, PERMISSION, "A session's request needs the header `X-CSRFToken`."),
    "insufficient_scope": Code(403, PERMISSION, "The token lacks the scope that this needs."),
    "not_permitted": Code(403, PERMISSION, "Its user has no right to this."),
    "not_yours": Code(403, PERMISSION, "Only the author or an editor of the proposal may do this."),
    "own_proposal": Code(
        403, PERMISSION, "Nobody decides on what they had a hand in, in their own name or for another."
    ),
    "not_eligible": Code(403, PERMISSION, "No right to decide on an area of the proposal that still waits."),
    "not_found": Code(404, INVALID, "There is no such path, proposal, release or suspension."),
    "nothing_to_suspend": Code(404, INVALID, "There is nothing of this kind and name."),
    "method_not_allowed": Code(405, INVALID, "The path exists; the method does not."),
    "wrong_state": Code(409, INVALID, "The proposal is not in a state that allows this."),
    "changed_since_read": Code(409, INVALID, "It has another digest than was sent: read it again."),
    "already_decided": Code(409, INVALID, "This person has decided on these changes already."),
    "conflict": Code(
        409, INVALID, "What is in force has changed where the proposal changes it; reading it shows where."
    ),
    "already_suspended": Code(409, INVALID, "It is suspended already."),
    "already_lifted": Code(409, INVALID, "The suspension was lifted already."),
    "refused": Code(409, INVALID, "The registry refuses this; the message says why."),
    "request_too_large": Code(413, INVALID, "The body is larger than this API takes."),
    "unsupported_media_type": Code(415, INVALID, "The body must be sent as application/json."),
    "release_refused": Code(422, INVALID, "The configuration would hold errors; the message names them."),
    "rate_limit_exceeded": Code(429, RATE, "Too many requests; `retry-after` says when to come again."),
    "internal_error": Code(500, SERVER, "A defect of ours; it was logged under the request id."),
    "busy": Code(503, SERVER, "The configuration is being changed at this moment; try again."),
}

# What the registry's errors are here; the nearest class decides.
OF_ERRORS: Mapping[type[Exception], str] = {
    errors.RegistryError: "refused",
    errors.ReasonMissing: "reason_missing",
    errors.NothingProposed: "nothing_proposed",
    errors.ScheduleInPast: "schedule_in_past",
    errors.NotGoverned: "changes_invalid",
    errors.NotPermitted: "not_permitted",
    errors.SuspendNotPermitted: "not_permitted",
    errors.NotYours: "not_yours",
    errors.OwnProposal: "own_proposal",
    errors.NotEligible: "not_eligible",
    errors.WrongState: "wrong_state",
    errors.ChangedSinceReview: "changed_since_read",
    errors.AlreadyDecided: "already_decided",
    errors.ProposalConflict: "conflict",
    errors.ChangesUnwritable: "conflict",
    errors.PublishRefused: "release_refused",
    errors.ConfigurationBusy: "busy",
    errors.NothingToSuspend: "nothing_to_suspend",
    errors.AlreadySuspended: "already_suspended",
    errors.AlreadyLifted: "already_lifted",
    DocumentInvalid: "document_invalid",
    ChangeSetUnreadable: "changes_invalid",
    NotCanonical: "changes_invalid",
    ValidationError: "changes_invalid",
    IntegrityError: "changes_invalid",
    DataError: "changes_invalid",
    RecursionError: "changes_invalid",  # nested deeper than anything that is meant
}


class ApiError(Exception):
    """A refusal with a stable code."""

    def __init__(
        self, code: str, message: str = "", *, param: str | None = None, retry_after_s: float | None = None
    ) -> None:
        self.code, self.row, self.param = code, CODES[code], param
        self.message = (message or self.row.meaning)[:MAX_MESSAGE_CHARS]
        self.retry_after_s = retry_after_s
        super().__init__(self.message)

    def response(self) -> HttpResponse:
        error = {"message": self.message, "type": self.row.type, "param": self.param, "code": self.code}
        response = HttpResponse(
            json.dumps({"error": error}), status=self.row.status, content_type="application/json"
        )
        if self.retry_after_s is not None:
            response["retry-after"] = str(max(1, round(self.retry_after_s + 0.499)))
        if self.row.status == 401:
            response["www-authenticate"] = 'Bearer realm="signalbox management"'
        return response


def of_domain(error: Exception) -> ApiError | None:
    """What an error of the registry or the database is here; None for one that is a defect."""
    code = next((OF_ERRORS[base] for base in type(error).__mro__ if base in OF_ERRORS), None)
    if code is None:
        return None
    if isinstance(error, IntegrityError | DataError):
        return ApiError(code, COLLISION)
    if isinstance(error, errors.RegistryError | ValidationError):
        return ApiError(code, words_of(error))
    return ApiError(code, str(error), param=getattr(error, "path", None) or None)
