"""Why a request goes elsewhere under another release: which rule, or which candidate's verdict, is another.

A cause is one text, so that equal ones are counted together: a refusal's reason, or one of

- `rule:POLICY, RULE`  another rule decides
- `out:REASON`         what was called first may not serve any more
- `unnamed`            the route does not name it any more
- `in:REASON`          what is called first now might not serve before
- `named`              the route names it now
- `order`              both may serve and are named, and the route goes to the other one first
"""

from routing.core.decide import calls
from routing.core.decision import Candidate, Decision, Plan, Refusal
from routing.core.words import REASON_WORDS

_WORDS = {reason.value: words for reason, words in REASON_WORDS.items()}


def first_call(decision: Decision) -> str:
    """The deployment that is called first; empty of a refusal."""
    return "" if isinstance(decision, Refusal) else next(iter(calls(decision.root))).deployment


def cause_of(old: Decision, new: Decision) -> str:
    """Why the first call of `new` is another than that of `old`."""
    was, becomes = first_call(old), first_call(new)
    if isinstance(new, Refusal):
        return _verdict("out", new, was)
    if isinstance(old, Refusal):
        return _verdict("in", old, becomes)
    return _moved(old, new, was, becomes)


def cause_in_words(cause: str, before: str, after: str) -> str:
    """For people; `before` and `after` are where the request went and goes."""
    kind, _, about = cause.partition(":")
    match kind:
        case "rule":
            return f"another rule decides: {about}"
        case "out":
            return f"{before} is out: {_WORDS.get(about, about)}"
        case "in":
            return f"{after} was out before: {_WORDS.get(about, about)}"
        case "unnamed":
            return f"the route does not name {before} any more"
        case "named":
            return f"the route names {after} now"
        case "order":
            return f"the route goes to {after} before {before} now"
    return _WORDS.get(cause, cause)


def _moved(old: Plan, new: Plan, was: str, becomes: str) -> str:
    if (old.policy, old.rule) != (new.policy, new.rule):
        return f"rule:{new.policy}, {new.rule}"
    here = _named(new, was)
    if here is None:
        return "unnamed"
    if here.reason is not None:
        return f"out:{here.reason.value}"
    before = _named(old, becomes)
    if before is None:
        return "named"
    return "order" if before.reason is None else f"in:{before.reason.value}"


def _verdict(kind: str, decision: Refusal, deployment: str) -> str:
    """Why `deployment` did not serve; the refusal's own reason where the route did not name it."""
    found = _named(decision, deployment)
    return decision.reason.value if found is None or found.reason is None else f"{kind}:{found.reason.value}"


def _named(decision: Decision, deployment: str) -> Candidate | None:
    return next((each for each in decision.candidates if each.deployment == deployment), None)
