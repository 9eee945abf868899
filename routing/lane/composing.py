"""What one attempt's adapter is given: the request as its model gets it, with what was done on record."""

from collections.abc import Mapping
from typing import Any

from routing.adapters.contract import ProviderError
from routing.core.composing import PROMPT, Composed, composed
from routing.core.execution import FailureKind
from routing.core.telling import BY_PROMPT, BY_TOOL, Way, schema_text, way_of
from routing.lane.flight import Attempt, Flight
from routing.schemas import schema_problem


def compose(flight: Flight, attempt: Attempt) -> Mapping[str, Any]:
    """The chat request for this attempt's model. Raises ProviderError for a schema that no answer could be
    held to; what was done is on the attempt."""
    deployment, request = attempt.deployment, attempt.request or flight.call.request
    made = composed(
        request,
        family=deployment.family,
        capabilities=deployment.capabilities,
        quirks=_quirks(attempt),
        room_tokens=_room_tokens(flight, attempt),
    )
    told, _ = told_schema(flight, attempt)
    problem = schema_problem(told) if told else None
    if problem:
        message = f"The model can't take: response_format. {problem}"
        raise ProviderError(message, kind=FailureKind.UNSUPPORTED, retryable=False)
    attempt.input = _said(request, made)
    return made.request


def told_schema(flight: Flight, attempt: Attempt) -> tuple[str, Way | None]:
    """The schema that this model is told, since it takes none, and its answer is held to; and how."""
    request = attempt.request or flight.call.request
    way = way_of(request, attempt.deployment.capabilities, _quirks(attempt))
    return (schema_text(request) if way is not None else "", way)


def _quirks(attempt: Attempt) -> frozenset[str]:
    """Of its deployment. An answer that only other calls read is not shaped, so nobody would take it out of a
    tool's call: its model is told in words."""
    quirks = frozenset(attempt.deployment.quirks)
    return quirks if attempt.shaped or BY_TOOL not in quirks else quirks - {BY_TOOL} | {BY_PROMPT}


def _room_tokens(flight: Flight, attempt: Attempt) -> int | None:
    policy = flight.release.policies.get(flight.plan.policy)
    if policy is None or policy.truncation != "oldest":
        return None
    return attempt.deployment.context_window_tokens - attempt.call.max_output_tokens


def _said(request: Mapping[str, Any], made: Composed) -> dict[str, Any]:
    """For the record: which prompt in which variant, and what was done to the rest."""
    said: dict[str, Any] = {}
    if made.variant is not None:
        prompt = request[PROMPT]
        variant = made.variant or "default"
        said["prompt"] = {"name": prompt["id"], "version": prompt["version"], "variant": variant}
    if made.notes:
        said["prepared"] = list(made.notes)
    if made.shortened is not None and made.shortened.left_out:
        said["truncated"] = {
            "messages": made.shortened.left_out,
            "tokens_before": made.shortened.tokens_before,
            "tokens_after": made.shortened.tokens_after,
        }
    return said
