"""One attempt of a request: made for its call, fitted to what was reserved, and what its end means."""

from routing.adapters.contract import ProviderError
from routing.core.decision import Call
from routing.core.execution import DRILLED, FailureKind
from routing.core.flows import is_survivable
from routing.core.operations import MODERATIONS
from routing.core.tokens import estimate
from routing.lane.checking import request_of
from routing.lane.flight import Attempt, Flight, Interruption, now_us
from routing.lane.relay import Relay
from routing.lane.suspensions import suspended


def new_attempt(flight: Flight, call: Call, allowance_s: float | None = None) -> Attempt:
    deployment = flight.release.deployments[call.deployment]
    price = next((price for price in deployment.prices if price.id == call.price_id), None)
    attempt = Attempt(len(flight.attempts) + 1, call, deployment, price, now_us())
    attempt.began_us = attempt.started_us
    if allowance_s is not None:
        attempt.until_us = attempt.began_us + int(allowance_s * 1_000_000)
    if not flight.is_composite:
        attempt.stream = flight.call.stream
    else:
        attempt.stream = call.path in flight.streaming
        attempt.shaped = call.path in flight.answering
        attempt.request = request_of(flight, call)
    return attempt


def check_fits(attempt: Attempt) -> None:
    """What others wrote may be longer than what was reserved for reading it; then nobody reads it."""
    bound = attempt.call.input_tokens_bound
    if bound is not None and attempt.request is not None:
        found = estimate(attempt.request).input_tokens_bound
        if found > bound:
            raise ProviderError(
                f"There are up to {found} tokens to read, and {bound} were reserved.",
                kind=FailureKind.CONTEXT_OVERFLOW,
                retryable=False,
            )


def check_drilled(flight: Flight, attempt: Attempt) -> None:
    """Raises where a drill lets this provider fail, as if it were down. Nothing is sent to it, so that
    neither its breaker nor any other request hears of it."""
    if attempt.deployment.provider == flight.call.drill:
        raise ProviderError(DRILLED, kind=FailureKind.ERROR, retryable=True)


def text_of(flight: Flight, attempt: Attempt) -> str:
    """The text of the first choice, where others read on; a moderation as it is."""
    if flight.call.operation == MODERATIONS:
        return attempt.result.decode()
    if attempt.completion is None or not attempt.completion.choices:
        return ""
    content = attempt.completion.choices[0]["message"].get("content")
    return content if isinstance(content, str) else ""


def pass_on_filtered(flight: Flight, attempt: Attempt, relay: Relay) -> None:
    """Raises where a filter left nothing of the answer and the policy has another who may be asked.

    Without one the answer is given as it came: it is what the provider said.
    """
    kind = FailureKind.CONTENT_FILTER
    if relay.is_filtered and is_survivable(flight.plan, attempt.call.path, kind):
        relay.withhold()
        message = "The provider's content filter withheld the answer."
        raise ProviderError(message, kind=kind, retryable=False, status=200)


def interrupted(flight: Flight, attempt: Attempt, error: TimeoutError) -> ProviderError:
    if attempt.suspended:
        return suspended(attempt.suspended)
    if attempt.superseded:
        return ProviderError("another answer was enough", kind=FailureKind.SUPERSEDED, retryable=False)
    if flight.interrupted is Interruption.CANCELLED:
        return ProviderError("the client left", kind=FailureKind.CANCELLED, retryable=False)
    if flight.interrupted is Interruption.SHUTDOWN:
        return ProviderError("the worker was stopped", kind=FailureKind.ERROR, retryable=False)
    if flight.interrupted is Interruption.UNRECORDED:
        return ProviderError("the register could not be written", kind=FailureKind.ERROR, retryable=False)
    if flight.plan.latency_budget_ms is not None:
        message = "its share of the latency budget was over"
        return ProviderError(message, kind=FailureKind.LATENCY_BUDGET, retryable=False)
    failure = ProviderError("the deadline passed", kind=FailureKind.TIMEOUT, retryable=False)
    failure.__cause__ = error
    return failure
