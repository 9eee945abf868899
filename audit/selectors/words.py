"""The register's vocabulary in words, for people who read dossiers. Unknown words are shown as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

REASONS = {
    "matrix_absent": "the compliance matrix says nothing about it for this class of data, which denies it",
    "matrix_denied": "the compliance matrix denies it for this class of data",
    "matrix_expired": "its approval for this class of data has expired",
    "matrix_not_yet_valid": "its approval for this class of data is not yet in force",
    "condition_unmet": "a condition of its approval is not met",
    "requirement_unmet": "it does not meet what this class of data requires",
    "certification_expired": "a certification or agreement that this class of data needs has expired",
    "residency": "it is outside the places that the request allowed",
    "suspended": "it was suspended",
    "disabled": "it is switched off",
    "lifecycle": "its version is not approved for use",
    "capability_missing": "it cannot do what the request needs",
    "context_too_long": "the request does not fit into its context window",
    "price_unknown": "no price is in force for it, and an unknown price refuses",
    "breaker_open": "it was failing, and was being left alone",
    "other_queue": "it is served from another region than the rest of the route",
    "not_requested": "the application asked for another model",
    "model_not_allowed": "the request allows other models only",
    "over_max_cost": "it could have cost more than the request allowed",
    "over_max_latency": "it usually takes longer than the request or its policy allowed",
    "model_not_found": "what the application asked for is no model and no policy",
    "policy_not_allowed": "the application may not use this policy",
    "data_class_unknown": "the class of data is unknown",
    "clearance_exceeded": "the key may not send data of this class",
    "detection_refuses": "it holds data that a detection rule refuses",
    "no_rule_matched": "no rule of the policy matched",
    "rule_refuses": "the rule that matched refuses",
    "no_candidate": "no deployment was left that may serve it",
}
OUTCOMES = {
    "": "It is still running.",
    "succeeded": "It succeeded.",
    "failed": "It failed.",
    "held": "Its answer did not pass, and was held for a person.",
    "refused": "It was refused.",
    "cancelled": "The client left before it was done.",
    "abandoned": "The process that ran it died; it was closed, and its cost settled at the worst case.",
    "expired": "Its deadline passed before anybody ran it.",
}
FACTS = {
    "requested": "Requested",
    "data_class": "Data class",
    "declared_data_class": "Declared data class",
    "clearance": "Clearance of the key",
    "input_tokens": "Input tokens (estimate)",
    "input_tokens_bound": "Input tokens (upper bound)",
    "max_output_tokens": "Output tokens asked for",
    "least_input_tokens": "Input tokens without old turns (estimate)",
    "needs": "Capabilities needed",
    "keywords": "Keywords found",
    "residency": "Places allowed by the request",
    "base_data_class": "Data class before detection",
    "detected_data_class": "Detected data class",
    "detections": "Detected, with how often",
    "redacted": "Replaced by placeholders",
    "refused_for": "Refused for",
    "images": "Images",
    "documents": "Documents among them",
    "searches": "Has the provider search",
    "choices": "Choices",
    "end_user": "End user",
    "scores": "Gain to expect of the stronger label",
    "knobs": "Limits of the request's own",
}


def reason(code: str, detail: str = "") -> str:
    told = REASONS.get(code, code.replace("_", " "))
    return f"{told} ({detail})" if detail else told


def fact(name: str) -> str:
    return FACTS.get(name, name.replace("_", " ").capitalize())


def scores(kept: Sequence[Mapping[str, Any]]) -> str:
    """“gain: 0.125 (a long text (+13), few commas (-8))” for each trained router that was asked."""
    return "; ".join(_score(score) for score in kept)


def _score(score: Mapping[str, Any]) -> str:
    why = score.get("outside") or ", ".join(score.get("reasons", ())) or "nothing weighed"
    gain = "not judged" if score.get("outside") else f"{score['thousandths'] / 1000:.3f}"
    return f"{score['router']}: {gain} ({why})"


def usd(nano: int | None) -> str:
    """Nano-dollars as dollars, exact, without trailing zeros past the cent."""
    if nano is None:
        return "unknown"
    whole, fraction = divmod(abs(nano), 10**9)
    digits = f"{fraction:09d}".rstrip("0").ljust(2, "0")
    return f"{'-' if nano < 0 else ''}${whole:,}.{digits}"


def milliseconds(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,} ms"


def number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
