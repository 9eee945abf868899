"""What a request's knobs asked for, and what came of them, in words."""

from collections.abc import Mapping
from typing import Any

from audit.selectors import words

_WHAT = {
    "without_member": "left out what would have been tried later, at {path}",
    "without_shadow": "left out the shadow at {path}",
    "without_hedge": "left out the second call at {path}",
    "without_retry": "one attempt per call less",
    "none_faster": "nobody faster could serve: {detail}",
    "threshold": "moved the threshold of the trained router {detail}",
    "no_effect": "no effect: the route asks no trained router that it could move",
}
_NAMES = {
    "max_cost_usd": "Cost, at most",
    "max_latency_ms": "Latency, at most",
    "latency_budget_ms": "Latency budget of the policy",
    "dial": "Dial between cost and quality",
}


def knobs(kept: Mapping[str, Any]) -> str:
    """“cost at most $0.02; only a, b; dial 3”."""
    said = []
    if "max_cost_nano" in kept:
        said.append(f"cost at most {words.usd(kept['max_cost_nano'])}")
    if "max_latency_ms" in kept:
        said.append(f"at most {words.milliseconds(kept['max_latency_ms'])}")
    if kept.get("models"):
        said.append(f"only {', '.join(kept['models'])}")
    if "dial" in kept:
        said.append(f"dial {kept['dial']}")
    return "; ".join(said)


def remark(kept: Mapping[str, Any]) -> tuple[str, str]:
    """(which knob, what it did)."""
    knob, what = str(kept.get("knob", "")), str(kept.get("what", ""))
    told = _WHAT.get(what, what.replace("_", " "))
    return _NAMES.get(knob, knob), told.format(path=kept.get("path", ""), detail=kept.get("detail", ""))
