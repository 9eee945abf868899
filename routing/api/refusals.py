"""The API's words for a refusal of the decision core: what happened, and what to do about it.

Words are made of what the application sent, of its own key, and of the rule that applied. Deployments, and
conditions that name others, are left to POST /v1/route (which shows no name of another team) and the record.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from billing.core.money import usd_text
from routing.api.errors import ApiError
from routing.api.suspended import caller_message
from routing.core.decision import Candidate, Reason, Refusal
from routing.core.detected import detections_in_words, finding_in_words
from routing.core.facts import Facts
from routing.core.matrix import MATRIX_REASONS

BREAKER_RETRY_S = 5.0
MAX_SHOWN_CHARS = 120
MAX_NEEDS_SHOWN = 8
_REVIEW = (
    "Ask an administrator to review the compliance matrix, or label the request lower if that is what it is."
)
_NOT_IN_SERVICE = "Ask an administrator: what the rule names is not in service."
_NAMES_OTHERS = ("application:", "team:")


def error_of(refusal: Refusal, facts: Facts) -> ApiError:
    """The error with which `refusal` of a request with these `facts` is answered."""
    if refusal.code == "no_candidate" and any(c.reason is Reason.BREAKER_OPEN for c in refusal.candidates):
        message = (
            "Every deployment that could serve this is failing at the moment. Try again in a few seconds."
        )
        return ApiError("service_unavailable", message, retry_after_s=BREAKER_RETRY_S)
    words = _WORDS.get(refusal.reason, _no_candidate)
    param = "model" if refusal.reason is Reason.MODEL_NOT_FOUND else None
    return ApiError(refusal.code, words(refusal, facts), param=param)


def shown_detail(candidate: Candidate) -> str:
    """A candidate's detail without the name of another application or team."""
    kind = next((kind for kind in _NAMES_OTHERS if candidate.detail.startswith(kind)), None)
    return candidate.detail if kind is None else f"{kind}another"


def _class_unknown(refusal: Refusal, facts: Facts) -> str:
    return (
        f"The data class {_shown(facts.data_class)} of this key is not in the live release. "
        "Ask an administrator to publish it, or to correct the key."
    )


def _clearance(refusal: Refusal, facts: Facts) -> str:
    may = f"This key may send at most {_shown(facts.clearance)} data"
    if facts.detected_data_class and facts.detected_data_class != facts.base_data_class:
        found = _shown(detections_in_words(facts.detections))
        return f"{may}; the request holds {found}, which is {_shown(facts.detected_data_class)} data."
    if facts.declared_data_class is None:
        label = f"the request has no label, and is therefore taken for {_shown(facts.data_class)}"
        return f"{may}; {label}. Label it by the header x-signalbox-data-class, or use another key."
    return f"{may}; the request is labelled {_shown(facts.data_class)}. Use a key with that clearance."


def _detection_refuses(refusal: Refusal, facts: Facts) -> str:
    return (
        f"The request holds {_shown(detections_in_words(facts.detections))}; a rule refuses "
        f"{_shown(finding_in_words(refusal.detail))}. Take it out, or ask an administrator about the rule."
    )


def _not_found(refusal: Refusal, facts: Facts) -> str:
    asked = _shown(facts.requested)
    return f"There is no model or policy “{asked}”. GET /v1/models lists what there is for this key."


def _not_allowed(refusal: Refusal, facts: Facts) -> str:
    return (
        f"The policy “{_shown(refusal.policy)}” is not open to the application {_shown(facts.application)}. "
        "Ask an administrator to open it, or ask for another model."
    )


def _no_rule(refusal: Refusal, facts: Facts) -> str:
    task = f"task “{_shown(facts.task)}”" if facts.task else "no task"
    return (
        f"No rule of the policy “{_shown(refusal.policy)}” is for this request "
        f"({task}, {_shown(facts.data_class)} data). POST /v1/route shows all that is known of it."
    )


def _rule_refuses(refusal: Refusal, facts: Facts) -> str:
    return (
        f"The rule “{_shown(refusal.rule)}” of the policy “{_shown(refusal.policy)}” refuses such requests. "
        "POST /v1/route shows what is known of this one."
    )


def _not_requested(refusal: Refusal, facts: Facts) -> str:
    rule, policy, asked = _shown(refusal.rule), _shown(refusal.policy), _shown(facts.requested)
    return (
        f"The rule “{rule}” of the policy “{policy}” does not lead to the model “{asked}”. "
        "Ask for “auto”, or an administrator to change the rule."
    )


def _over_max_cost(refusal: Refusal, facts: Facts) -> str:
    most = usd_text(facts.knobs.max_cost_nano or 0)
    return (
        f"The cheapest that could serve this costs up to ${_shown(refusal.detail)}; the request allows "
        f"${most} (x-signalbox-max-cost-usd). Allow more, send less, or ask for fewer output tokens."
    )


def _no_candidate(refusal: Refusal, facts: Facts) -> str:
    """Reasons are counted over the deployments that were asked for."""
    judged = [c for c in refusal.candidates if c.reason is not None and c.reason is not Reason.NOT_REQUESTED]
    counts = Counter(c.reason for c in judged if c.reason is not None)
    if refusal.code == "data_class_denied":
        able = f"is approved for {_shown(facts.data_class)} data"
    else:
        able = "can serve this request"
    tally = ", ".join(f"{count} {reason.value}" for reason, count in counts.most_common())
    noun = "candidate" if len(judged) == 1 else "candidates"
    advice = dict.fromkeys(_advice(reason, facts) for reason, _ in counts.most_common())
    what = f"No deployment of the rule “{_shown(refusal.rule)}” {able} ({len(judged)} {noun}: {tally})."
    return " ".join([what, *advice])


def _advice(reason: Reason, facts: Facts) -> str:
    if reason is Reason.RESIDENCY:
        return "The request may only go to the places that x-signalbox-residency names: allow more of them."
    if reason is Reason.CERTIFICATION_EXPIRED:
        return "Ask an administrator: a certification or agreement that this data needs has expired."
    if reason in MATRIX_REASONS:
        return _REVIEW
    match reason:
        case Reason.MODEL_NOT_ALLOWED:
            return "The request allows other models (x-signalbox-models): allow one that the rule names."
        case Reason.CAPABILITY_MISSING:
            needs = ", ".join(sorted(facts.needs)[:MAX_NEEDS_SHOWN])
            return f"The request needs {needs}: take out what uses it, or ask for a model that has it."
        case Reason.CONTEXT_TOO_LONG:
            return f"Its input is about {facts.input_tokens} tokens: shorten it, or ask for a longer context."
        case Reason.PRICE_UNKNOWN:
            return "Ask an administrator to enter a price: a call at an unknown price is refused."
    return _NOT_IN_SERVICE


def _shown(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"


def _suspended(refusal: Refusal, facts: Facts) -> str:
    if not refusal.detail:
        what = f"All that the rule “{_shown(refusal.rule)}” could call for this is suspended."
        return f"{what} Ask an administrator; nothing was run."
    return caller_message(_shown(refusal.detail))


_WORDS: Mapping[Reason, Callable[[Refusal, Facts], str]] = {
    Reason.SUSPENDED: _suspended,
    Reason.DATA_CLASS_UNKNOWN: _class_unknown,
    Reason.CLEARANCE_EXCEEDED: _clearance,
    Reason.DETECTION_REFUSES: _detection_refuses,
    Reason.MODEL_NOT_FOUND: _not_found,
    Reason.POLICY_NOT_ALLOWED: _not_allowed,
    Reason.NO_RULE_MATCHED: _no_rule,
    Reason.RULE_REFUSES: _rule_refuses,
    Reason.NOT_REQUESTED: _not_requested,
    Reason.OVER_MAX_COST: _over_max_cost,
}
