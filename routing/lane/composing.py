"""What one attempt's adapter is given: the request as its model gets it, with what was done on record."""

from collections.abc import Mapping
from typing import Any

from routing.core import composing
from routing.lane.flight import Attempt, Flight


def compose(flight: Flight, attempt: Attempt) -> Mapping[str, Any]:
    """The chat request for this attempt's model; which prompt and variant it holds is on the attempt."""
    composed = composing.with_prompt(flight.call.request, attempt.deployment.family)
    if composed.variant is not None:
        prompt = flight.call.request[composing.PROMPT]
        attempt.input["prompt"] = {
            "name": prompt["id"],
            "version": prompt["version"],
            "variant": composed.variant or "default",
        }
    return composed.request
