"""The verdict on one deployment for one request: may it serve, and if not, why not.

The first check that fails gives the reason. In order:

1. asked for another     the application asked for a model, and this is not it (`not_requested`)
2. suspended             it, its version, model or provider (`suspended`)
3. out of service        disabled, or a lifecycle that does not serve (`disabled`, `lifecycle`)
4. the matrix            see routing.core.matrix
5. residency             outside the places that the request allows (`residency`)
6. capabilities          the operation, and what it needs (`capability_missing`)
7. context window        by the estimate of the input, with the output that was asked for (`context_too_long`)
8. price                 none is in force, or not for what is asked of it (`price_unknown`)
9. circuit breaker       `breaker_open`; a half-open one lets the call through, as its probe

Before all of it, a request's own list of models may leave it out (`model_not_allowed`, routing.core.decide).
Afterwards the plan settles on one queue, and what could serve from another is `other_queue`.
"""

from routing.core.decision import Candidate, Reason
from routing.core.facts import Facts, Live
from routing.core.index import Index
from routing.core.matrix import denial
from routing.core.operations import serves
from routing.core.rates import unpriced_kind
from routing.core.release import Deployment, Price
from routing.core.suspended import first_suspended


def judge(
    deployment: Deployment, index: Index, facts: Facts, live: Live, only_model: str | None
) -> tuple[Candidate, Price | None]:
    """The verdict, and the price in force where the deployment may serve."""
    name = deployment.name
    if only_model is not None and deployment.model != only_model:
        return Candidate(name, Reason.NOT_REQUESTED), None
    if live.suspended:
        stopped = first_suspended(index.subjects[name], live.suspended)
        if stopped is not None:
            return Candidate(name, Reason.SUSPENDED, stopped), None
    unserving = index.out_of_service.get(name)
    if unserving is not None:
        return unserving, None
    denied = denial(index.rulings[name].get(facts.data_class), facts, live.now_us)
    if denied is not None:
        return Candidate(name, *denied), None
    if facts.residency and index.places[name].isdisjoint(facts.residency):
        return Candidate(name, Reason.RESIDENCY, deployment.country or deployment.region), None
    if not serves(deployment.capabilities, facts.operation):
        return Candidate(name, Reason.CAPABILITY_MISSING, facts.operation), None
    for need in facts.needs:
        if need not in deployment.capabilities:
            return Candidate(name, Reason.CAPABILITY_MISSING, need), None
    if needed_tokens(deployment, facts) > deployment.context_window_tokens:
        return Candidate(name, Reason.CONTEXT_TOO_LONG, str(deployment.context_window_tokens)), None
    price = deployment.price_at(live.now_us)
    if price is None:
        return Candidate(name, Reason.PRICE_UNKNOWN), None
    unsold = unpriced_kind(price, facts.operation, facts.needs)
    if facts.searches and not price.request_nano:
        unsold = unsold or "request"
    if unsold:
        return Candidate(name, Reason.PRICE_UNKNOWN, unsold), None
    health = live.health.get(name)
    if health is not None and health.breaker == "open":
        return Candidate(name, Reason.BREAKER_OPEN), None
    return index.able[name], price


def needed_tokens(deployment: Deployment, facts: Facts) -> int:
    """What must fit into the context window: the estimated input, and the output that was asked for."""
    if facts.window_tokens is not None:
        return facts.window_tokens
    asked = 1 if facts.max_output_tokens is None else facts.max_output_tokens
    return facts.input_tokens + min(asked, deployment.max_output_tokens)


def input_bound_tokens(deployment: Deployment, facts: Facts) -> int:
    """What the input comes to at most, pictures included. A small document may have many pages, so of one
    only this is certain: no more is ever read than the window holds."""
    bound = facts.input_tokens_bound + facts.images * deployment.image_tokens_bound
    return max(bound, deployment.context_window_tokens) if facts.documents else bound


def output_cap_tokens(deployment: Deployment, facts: Facts) -> int:
    """The cap that is sent and reserved for one choice.

    What was asked for, at most the model's maximum. Where nothing was asked for, the maximum, as far as
    the window has room: what certainly fits (by the bound), or half of what probably does (by the estimate),
    because some providers refuse a cap that does not fit beside the input.
    """
    if facts.max_output_tokens == 0:
        return 0  # the operation makes no text
    if facts.max_output_tokens is not None:
        return max(1, min(facts.max_output_tokens, deployment.max_output_tokens))
    window = deployment.context_window_tokens
    room = max(window - facts.input_tokens_bound, (window - facts.input_tokens) // 2, 1)
    return min(deployment.max_output_tokens, room)
