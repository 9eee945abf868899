"""The response headers that say how a request was governed."""

from collections.abc import Mapping
from typing import Any

from billing.core.money import usd_text
from routing.admission import Admitted
from routing.api.allowance import allowance_headers
from routing.core.decision import Plan

MAX_HEADER_CHARS = 512
MAX_UNSUPPORTED_SHOWN = 32


def request_headers(admitted: Admitted) -> dict[str, str]:
    """What is known as soon as the request is admitted."""
    judged, plan = admitted.judged, admitted.plan
    found = judged.facts.detections
    return {
        **(allowance_headers(admitted.left) if admitted.left else {}),
        **({"x-signalbox-detected": _safe(",".join(found))} if found else {}),
        "x-request-id": str(admitted.ask.request_id),
        "x-signalbox-policy": _safe(plan.policy),
        "x-signalbox-rule": _safe(plan.rule),
        "x-signalbox-release": str(judged.release.number),
        "x-signalbox-data-class": _safe(judged.facts.data_class),
        **({"x-signalbox-knobs": _remarked(plan)} if plan.remarks else {}),
        **({"x-signalbox-cache": admitted.cache} if admitted.cache else {}),
    }


def _remarked(plan: Plan) -> str:
    """“dial:no_effect,max_cost_usd:without_member:0.2”"""
    remarks = (":".join(filter(None, (each.knob, each.what, each.path))) for each in plan.remarks)
    return _safe(",".join(dict.fromkeys(remarks)))


def served_headers(served: Mapping[str, Any]) -> dict[str, str]:
    """What the worker says of the call: a frame's head or meta. What it does not know is left out."""
    names = {
        "model": "x-signalbox-model",
        "model_version": "x-signalbox-model-version",
        "deployment": "x-signalbox-deployment",
        "provider": "x-signalbox-provider",
        "attempts": "x-signalbox-attempts",
        "upstream": "x-signalbox-upstream",
    }
    headers = {header: _safe(str(served[name])) for name, header in names.items() if served.get(name)}
    if served.get("fallback"):
        headers["x-signalbox-fallback"] = "true"
    cost = served.get("cost_nano")
    if cost is not None:
        headers["x-signalbox-cost-usd"] = usd_text(cost)
    for name in ("prepared", "normalised", "route"):
        if served.get(name):
            headers[f"x-signalbox-{name}"] = _safe(",".join(served[name]))
    unsupported = served.get("unsupported")
    if unsupported:
        headers["x-signalbox-unsupported"] = _safe(",".join(unsupported[:MAX_UNSUPPORTED_SHOWN]))
    return headers


def _safe(text: str) -> str:
    """Text as a header takes it: printable ASCII, and not endless."""
    if text.isascii() and text.isprintable():
        return text[:MAX_HEADER_CHARS]
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)[:MAX_HEADER_CHARS]
