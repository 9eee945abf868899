"""What a release's deployments are said to do, and can't: this section compiles nothing and only warns."""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.releases import Document, Finding, warning
from routing import adapters
from routing.core.document import price_from
from routing.core.operations import OTHERS
from routing.core.rates import unpriced_kind

SECTION = "operations"


def nothing() -> dict[str, Any]:
    return {}


def validate_operations(document: Document, now_us: int) -> Iterator[Finding]:
    for deployment in document["deployments"]:
        if deployment["enabled"]:
            for name in sorted(OTHERS.intersection(deployment["capabilities"])):
                yield from _findings(deployment, name, now_us)


def _findings(deployment: Mapping[str, Any], name: str, now_us: int) -> Iterator[Finding]:
    subject = f"deployment {deployment['name']}"
    if adapters.operation(deployment["dialect"], name) is None:
        message = f"The dialect {deployment['dialect']} has no {name}, so such calls fail."
        yield warning("operation_unspoken", subject, message)
    in_force = [price for price in deployment["prices"] if _holds(price, now_us)]
    missing = unpriced_kind(price_from(in_force[0]), name) if in_force else ""
    if missing:
        message = f"Its price says nothing of {missing.replace('_', ' ')}, so {name} are refused."
        yield warning("operation_unpriced", subject, message)


def _holds(price: Mapping[str, Any], now_us: int) -> bool:
    ends = price["valid_to_us"]
    return bool(price["valid_from_us"] <= now_us and (ends is None or now_us < ends))
