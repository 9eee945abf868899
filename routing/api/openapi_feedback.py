"""The description of feedback."""

from typing import Any

from routing.api.feedback_types import FeedbackObject, FeedbackRequest
from routing.api.openapi_parts import JSON, OF_EVERY, answers, json_body, named, ref

TYPES = (FeedbackRequest, FeedbackObject)
OF_FEEDBACK = (*OF_EVERY, "not_found", "request_timeout", "request_too_large", "unsupported_media_type")


def paths() -> dict[str, Any]:
    return {
        "/v1/feedback": {
            "post": {
                **named("createFeedback", "Say how good an answer was"),
                "description": (
                    "One key says one thing for one end user of one request; a later one replaces it, and "
                    "both are on record."
                ),
                "requestBody": json_body("FeedbackRequest"),
                "responses": answers(OF_FEEDBACK, "What stands now.", {JSON: ref("FeedbackObject")}),
            }
        }
    }
