"""What a deployment is there to do, and its price does not say what that costs: it would be refused."""

from collections.abc import Iterator

from routing.core.index import SERVING_LIFECYCLES
from routing.core.lint.problem import Problem
from routing.core.operations import CHAT, OTHERS, serves
from routing.core.rates import unpriced_kind
from routing.core.release import Deployment, Release

AUDIO = "audio"


def price_problems(release: Release, now_us: int) -> Iterator[Problem]:
    """Of deployments in service; that one has no price in force at all is said elsewhere."""
    for deployment in release.deployments.values():
        if deployment.enabled and deployment.lifecycle in SERVING_LIFECYCLES:
            yield from _unsold(deployment, now_us)


def _unsold(deployment: Deployment, now_us: int) -> Iterator[Problem]:
    price = deployment.price_at(now_us)
    if price is None:
        return
    asked: list[tuple[str, tuple[str, ...]]] = [(operation, ()) for operation in sorted({CHAT, *OTHERS})]
    for operation, needs in [*asked, (CHAT, (AUDIO,))]:
        if not serves(deployment.capabilities, operation) or not deployment.capabilities.issuperset(needs):
            continue
        kind = unpriced_kind(price, operation, needs)
        if kind and not (needs and unpriced_kind(price, operation)):
            what = f"{operation} with {' and '.join(needs)}" if needs else operation
            message = f"Its price says nothing of {kind.replace('_', ' ')}, so {what} is refused."
            yield Problem("unpriced_kind", f"deployment {deployment.name}", message, fatal=False)
