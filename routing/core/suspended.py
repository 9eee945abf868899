"""What a suspension stops: callers, routes and deployments, by the subjects that each stands for."""

from collections.abc import Iterable

from registry.core import subjects
from routing.core.decision import Decision, Reason, Refusal
from routing.core.facts import Facts, Live
from routing.core.release import Deployment

SUSPENDED = "suspended"  # the refusal's code


def subjects_of(deployment: Deployment) -> tuple[str, ...]:
    return subjects.of_deployment(deployment.name, deployment.model, deployment.version, deployment.provider)


def first_suspended(of: Iterable[str], suspended: frozenset[str]) -> str | None:
    """The first of the subjects that is suspended."""
    for each in of:
        if each in suspended:
            return each
    return None


def caller_refusal(facts: Facts, live: Live) -> Refusal | None:
    """Refused where the key, its application or its team is suspended, whatever is asked for."""
    if not live.suspended:
        return None
    callers = subjects.of_caller(facts.api_key, facts.application, facts.team)
    stopped = first_suspended(callers, live.suspended)
    return None if stopped is None else Refusal(SUSPENDED, Reason.SUSPENDED, "", "", stopped)


def suspended_route(policy: str, rule: str, suspended: frozenset[str]) -> str | None:
    return first_suspended(subjects.of_route(policy, rule), suspended)


def stopped_by(decision: Decision) -> frozenset[str]:
    """The suspensions that had a part in the decision: with these alone it comes out the same."""
    stopped = {each.detail for each in decision.candidates if each.reason is Reason.SUSPENDED}
    stopped.update(decision.stopped)
    if isinstance(decision, Refusal) and decision.reason is Reason.SUSPENDED and decision.detail:
        stopped.add(decision.detail)
    return frozenset(stopped)
