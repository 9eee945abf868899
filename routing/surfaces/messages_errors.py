"""Errors as Anthropic's clients read them, with our stable code kept beside their type."""

from typing import Any

from routing.surfaces.contract import Fault

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def error_value(fault: Fault) -> dict[str, Any]:
    other = "invalid_request_error" if fault.status < 500 else "api_error"
    error = {"type": _TYPES.get(fault.status, other), "message": fault.message, "code": fault.code}
    return {"type": "error", "error": {**error, "param": fault.param}}
