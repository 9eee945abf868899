"""The gates of a route, asked about an answer; what each said is on the attempt that gave it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from routing.core.compose import Specs, composed, transcript
from routing.core.decision import Call
from routing.core.execution import Check, Verdict
from routing.core.gates import Answer
from routing.core.release import Release
from routing.core.routes import MILLI
from routing.core.states import text_at
from routing.gates import Asked, ask
from routing.lane.flight import Attempt, Flight

MAX_SPECS = 512


@lru_cache(maxsize=MAX_SPECS)
def specs_of(release: Release, policy: str, rule: str) -> Specs:
    """The parts of a rule's route by path."""
    found = next(each for each in release.policies[policy].rules if each.name == rule)
    assert found.route is not None
    return Specs(found.route)


def flight_specs(flight: Flight) -> Specs:
    return specs_of(flight.release, flight.plan.policy, flight.plan.rule)


def request_of(flight: Flight, call: Call) -> Mapping[str, Any]:
    """What the call is asked: the application's request, or what the plan makes of it."""
    if not flight.is_composite:
        return flight.call.request
    text_of = text_at(flight.plan, flight.outcomes, flight.verdicts)
    return composed(flight.plan.root, flight_specs(flight), flight.call.request, call, text_of)


def check(flight: Flight, asked: Check) -> Verdict:
    """What the gates at a path say of an answer. The first that fails says why."""
    said_by = flight.attempt_of(asked.number)
    told = ask(flight_specs(flight).checks[asked.path].gates, _answer(flight, asked, said_by))
    for each in told:
        flight.gates.append((asked.path, each))
        if said_by is not None:
            said_by.gates.append(each)
    failed = next((each for each in told if not each.said.passed), None)
    return Verdict(failed is None, _reason(failed))


def _reason(failed: Asked | None) -> str:
    return f"{failed.gate}: {failed.said.reason}" if failed is not None else ""


def _answer(flight: Flight, asked: Check, said_by: Attempt | None) -> Answer:
    if said_by is None or said_by.completion is None:
        return Answer(asked.text, sources=transcript(flight.call.request))
    choice = said_by.completion.choices[0] if said_by.completion.choices else {}
    message = choice.get("message") or {}
    return Answer(
        asked.text,
        str(choice.get("finish_reason") or ""),
        str(message.get("refusal") or ""),
        transcript(said_by.request or flight.call.request),
        _mean_logprob_milli(choice.get("logprobs")),
    )


def _mean_logprob_milli(logprobs: Any) -> int | None:
    tokens = (logprobs or {}).get("content") if isinstance(logprobs, Mapping) else None
    values = [token["logprob"] for token in tokens or () if isinstance(token.get("logprob"), int | float)]
    return round(MILLI * sum(values) / len(values)) if values else None
