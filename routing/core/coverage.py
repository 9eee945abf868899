"""Which classes of data each rule can route, and what another release would take from it."""

from collections.abc import Mapping

from routing.core.index import SERVING_LIFECYCLES
from routing.core.lint.matching import deployments_of
from routing.core.matrix import may_ever_allow
from routing.core.release import Release
from routing.core.rulings import rulings_of

Coverage = Mapping[str, frozenset[str]]


def coverage_of(release: Release, now_us: int) -> Coverage:
    """“policy#rule” → the classes for which its route has a candidate."""
    rulings = rulings_of(release)
    serving = {
        name: deployment
        for name, deployment in release.deployments.items()
        if deployment.enabled
        and deployment.lifecycle in SERVING_LIFECYCLES
        and deployment.price_at(now_us) is not None
    }
    return {
        f"{policy.name}#{rule.name}": frozenset(
            data_class
            for deployment in deployments_of(rule.route, serving)
            for data_class, ruling in rulings[deployment.name].items()
            if may_ever_allow(ruling, now_us)
        )
        for policy in release.policies.values()
        for rule in policy.rules
        if rule.route is not None
    }


def lost(before: Coverage, after: Coverage) -> dict[str, list[str]]:
    """Rule → the classes that it could route and can't any more."""
    gone = {name: sorted(classes - after.get(name, frozenset())) for name, classes in before.items()}
    return {name: classes for name, classes in gone.items() if classes}
