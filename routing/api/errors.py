"""Every way in which the API says no: one table of stable codes, and one exception.

The shape is the surface's own, so that its SDKs raise the right class: OpenAI's
`{"error": {"message", "type", "param", "code"}}` unless another is spoken. docs/errors.md lists the same
codes; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse

from routing.surfaces.chat import CHAT
from routing.surfaces.contract import Fault, Surface

MAX_MESSAGE_CHARS = 600
INVALID = "invalid_request_error"
AUTHENTICATION = "authentication_error"
PERMISSION = "permission_error"
RATE = "rate_limit_error"
SERVER = "server_error"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What one code means over HTTP.

    `retry` tells OpenAI's SDKs whether the same request can succeed later.
    """

    status: int
    type: str
    meaning: str
    retry: bool = False


CODES: Mapping[str, ErrorCode] = {
    "invalid_request": ErrorCode(
        400, INVALID, "A field or a header has the wrong type or value; `param` names it."
    ),
    "data_class_unknown": ErrorCode(
        400, INVALID, "The declared data class does not exist in the live release."
    ),
    "unsupported_parameter": ErrorCode(
        400, INVALID, "The chosen model or this API can't take a field, and the policy refuses that."
    ),
    "state_not_kept": ErrorCode(
        400, INVALID, "The field needs a state between requests, which is not kept: send all in one request."
    ),
    "context_length_exceeded": ErrorCode(
        400, INVALID, "The messages are longer than the model's context window."
    ),
    "content_filter": ErrorCode(400, INVALID, "The provider's content filter refused the request."),
    "upstream_rejected": ErrorCode(400, INVALID, "The provider says that the request is wrong."),
    "max_cost_exceeded": ErrorCode(
        400, INVALID, "What could serve this could cost more than the request's `max_cost_usd`."
    ),
    "no_candidate": ErrorCode(400, INVALID, "No deployment of the route may or can serve this request."),
    "invalid_api_key": ErrorCode(401, AUTHENTICATION, "The key is missing, unknown, expired or revoked."),
    "insufficient_scope": ErrorCode(403, PERMISSION, "The key lacks the scope that this endpoint needs."),
    "policy_denied": ErrorCode(
        403, PERMISSION, "The policy refuses this request, or this application may not use it."
    ),
    "data_class_denied": ErrorCode(
        403, PERMISSION, "The data class is above the key's clearance, or no model may see it."
    ),
    "detection_refused": ErrorCode(
        403, PERMISSION, "The request holds data (a key, a card number …) that a detection rule refuses."
    ),
    "output_blocked": ErrorCode(
        403, PERMISSION, "The answer held data that a detection rule does not let out."
    ),
    "suspended": ErrorCode(
        403, PERMISSION, "The key, its team, the route or all that could serve the request is suspended."
    ),
    "model_not_found": ErrorCode(404, INVALID, "No such model or policy, or this key may not use it."),
    "prompt_not_found": ErrorCode(404, INVALID, "No such prompt, or no such version of it."),
    "not_found": ErrorCode(404, INVALID, "No such path."),
    "method_not_allowed": ErrorCode(405, INVALID, "The path exists; the method does not."),
    "request_timeout": ErrorCode(408, INVALID, "The body did not arrive in time.", retry=True),
    "idempotency_in_progress": ErrorCode(
        409, INVALID, "A request with this Idempotency-Key is still running.", retry=True
    ),
    "request_too_large": ErrorCode(413, INVALID, "The body is larger than this server takes."),
    "unsupported_media_type": ErrorCode(
        415, INVALID, "The body must be sent as application/json, a recording in a form."
    ),
    "output_invalid": ErrorCode(
        422, INVALID, "The answer can't be brought to what the task declares, and no fallback was left."
    ),
    "no_agreement": ErrorCode(422, INVALID, "The models that the route asks did not come to one answer."),
    "held_for_review": ErrorCode(
        422,
        INVALID,
        "The answer waits for a person to review it; `GET /v1/requests/{id}` says what became of it.",
    ),
    "idempotency_mismatch": ErrorCode(422, INVALID, "This Idempotency-Key was used with a different body."),
    "rate_limit_exceeded": ErrorCode(
        429, RATE, "A limit per minute is reached; `retry-after` says when to retry.", retry=True
    ),
    "budget_exceeded": ErrorCode(
        429, "insufficient_quota", "A hard budget can't hold this request's worst case."
    ),
    "request_cancelled": ErrorCode(499, INVALID, "The client left; what was used until then is settled."),
    "internal_error": ErrorCode(500, SERVER, "A defect of ours; it was logged under the request id."),
    "upstream_error": ErrorCode(502, SERVER, "The provider failed, and no fallback was left.", retry=True),
    "answer_lost": ErrorCode(
        502, SERVER, "The request ran and was recorded, but its answer can't be given again."
    ),
    "upstream_rate_limited": ErrorCode(503, SERVER, "The provider is rate limiting us.", retry=True),
    "service_unavailable": ErrorCode(
        503, SERVER, "A part that the request needs is away; nothing was run.", retry=True
    ),
    "detection_unavailable": ErrorCode(
        503,
        SERVER,
        "A detector failed, so it is not known what the request holds; nothing was run.",
        retry=True,
    ),
    "busy": ErrorCode(503, SERVER, "Too many requests are waiting; nothing was run.", retry=True),
    "latency_budget_exceeded": ErrorCode(
        504, SERVER, "What the route needs did not fit into the latency budget.", retry=True
    ),
    "upstream_timeout": ErrorCode(504, SERVER, "No answer before the policy's deadline.", retry=True),
}


class ApiError(Exception):
    """A refusal or failure with a stable code.

    `status` overrides the table's only for what a provider said.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if code not in CODES:
            message, code = f"{code}: {message}", "upstream_error"
        self.code = code
        self.row = CODES[code]
        self.message = (message or self.row.meaning)[:MAX_MESSAGE_CHARS]
        self.param = param
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})
        super().__init__(self.message)

    @property
    def status(self) -> int:
        return self.row.status

    @property
    def fault(self) -> Fault:
        return Fault(self.code, self.row.type, self.message, self.param, self.status)

    def response(self, surface: Surface = CHAT) -> HttpResponse:
        return HttpResponse(
            surface.error(self.fault),
            status=self.status,
            content_type="application/json",
            headers=self.response_headers(),
        )

    def response_headers(self) -> dict[str, str]:
        headers = {**self.headers, "x-should-retry": "true" if self.row.retry else "false"}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(max(1, round(self.retry_after_s + 0.499)))
        if self.status == 401:
            headers["www-authenticate"] = 'Bearer realm="signalbox"'
        return headers
