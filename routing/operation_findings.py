"""What a release's deployments are said to do, and can't: this section compiles nothing and only warns."""

from collections.abc import Iterator
from typing import Any

from registry.releases import Document, Finding, warning
from routing import adapters
from routing.core.operations import OTHERS

SECTION = "operations"


def nothing() -> dict[str, Any]:
    return {}


def validate_operations(document: Document, now_us: int) -> Iterator[Finding]:
    for deployment in document["deployments"]:
        for name in sorted(OTHERS.intersection(deployment["capabilities"])):
            if deployment["enabled"] and adapters.operation(deployment["dialect"], name) is None:
                message = f"The dialect {deployment['dialect']} has no {name}, so such calls fail."
                yield warning("operation_unspoken", f"deployment {deployment['name']}", message)
