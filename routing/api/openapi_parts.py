"""What the descriptions of all operations share: parameters, answers and errors, as OpenAPI has them."""

from collections.abc import Iterable
from typing import Any

from routing.api.errors import CODES
from routing.api.labels import MAX_IDEMPOTENCY_KEY_CHARS, MAX_LABEL_CHARS

REF = "#/components/schemas/{name}"
JSON = "application/json"
EVENTS = "text/event-stream"

# By operation: the codes that it may answer with.
OF_EVERY = (
    *("invalid_request", "invalid_api_key", "insufficient_scope"),
    *("method_not_allowed", "service_unavailable", "internal_error"),
)
OF_BODIES = ("request_timeout", "request_too_large", "unsupported_media_type", "data_class_unknown")
OF_CHAT = tuple(code for code in CODES if code not in ("not_found", "request_cancelled"))

LABELS = {
    "x-signalbox-data-class": (
        "The class of the data in this request. Without it the key's default holds, and without that the "
        "strictest class there is. Also as `metadata.data_class`."
    ),
    "x-signalbox-task": "What the request is for, for rules: any word. Also as `metadata.task`.",
    "x-signalbox-tags": "Tags for rules and reports, with commas between. Also as `metadata.tags`.",
    "x-signalbox-residency": (
        "Where the data may go, beside what the matrix allows: countries (`DE, FR`, or `EU`, `EEA`) and "
        "`region:<label>`, with commas between. It only narrows. Also as `metadata.residency`."
    ),
    "x-signalbox-max-cost-usd": (
        "What this request may cost at worst, with every retry and fallback, such as `0.02`: optional parts "
        "of the route are left out until it fits. Also as `signalbox.max_cost_usd`, as all of these knobs."
    ),
    "x-signalbox-max-latency-ms": "How long it may take, where that is less than the policy's deadline.",
    "x-signalbox-models": "The models that may be called for it, with commas between; no others are.",
    "x-signalbox-dial": (
        "From 0, the cheapest that is certified, to 10, the best quality of the trained router's curve."
    ),
}
ANSWER_HEADERS = {
    "x-request-id": "The request's id, by which it is found in the register.",
    "x-signalbox-model": "The model that served the request.",
    "x-signalbox-model-version": "Its pinned version.",
    "x-signalbox-deployment": "The deployment that was called.",
    "x-signalbox-provider": "Its provider.",
    "x-signalbox-policy": "The policy that decided.",
    "x-signalbox-rule": "The rule that matched.",
    "x-signalbox-release": "The number of the release that was in force.",
    "x-signalbox-data-class": "The data class that was applied.",
    "x-signalbox-cost-usd": (
        "What was settled, in dollars. Not on streams: they begin before it is known, and say it in "
        "`signalbox` of the chunk that has the usage."
    ),
    "x-signalbox-attempts": "How many calls were made for it.",
    "x-signalbox-cache": "Where answers may be given again: hit, miss, shadow or bypass.",
    "x-signalbox-fallback": "`true` where a fallback answers: the first choice failed, or keeps failing.",
    "x-signalbox-knobs": "What came of the request's knobs: `dial:no_effect`, `max_cost_usd:without_retry`.",
    "x-signalbox-unsupported": "Fields that the model does not take, where the policy only warns.",
    "x-signalbox-prepared": "What was done to the request for this model, such as `truncated:4`.",
    "x-signalbox-normalised": "What was done to bring the answer to its task's schema.",
    **{
        f"x-ratelimit-{part}-{kind}": f"{words} per minute. Only for keys that have such a limit."
        for kind in ("requests", "tokens")
        for part, words in (
            ("limit", f"How many {kind} the key may use"),
            ("remaining", f"How many of its {kind} are left"),
            ("reset", f"In which time, such as `1.500s`, all of its {kind} are there again"),
        )
    },
    "idempotent-replayed": "`true` where this is the kept result of an earlier request.",
}


def named(operation: str, summary: str) -> dict[str, Any]:
    return {"operationId": operation, "summary": summary}


def answers(
    codes: Iterable[str],
    meaning: str,
    content: dict[str, Any],
    headers: dict[str, str] | None = None,
    *,
    error: str = "ErrorAnswer",
) -> dict[str, Any]:
    told = {"x-request-id": ANSWER_HEADERS["x-request-id"], **(headers or {})}
    ok = {
        "description": meaning,
        "content": content,
        "headers": {name: header(text) for name, text in told.items()},
    }
    return {"200": ok, **errors(codes, error)}


def errors(codes: Iterable[str], shape: str) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(CODES[code].status, []).append(code)
    return {
        str(status): {
            "description": "\n".join(f"- `{code}`: {CODES[code].meaning}" for code in found),
            "content": {JSON: ref(shape)},
        }
        for status, found in sorted(by_status.items())
    }


def json_body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {JSON: ref(name)}}


def labels() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": text,
            "schema": {"type": "string", "maxLength": MAX_LABEL_CHARS},
        }
        for name, text in LABELS.items()
    ]


def idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Run this request once: the first result is kept for a day, and given again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY_CHARS},
    }


def header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def ref(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": REF.format(name=name)}}
