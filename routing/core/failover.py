"""What a release loses where one provider is down, and which requests would show it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from routing.core.coverage import coverage_of, lost
from routing.core.lint.matching import deployments_of
from routing.core.release import Release


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy, and a class of data for which one of its rules has a deployment of the provider."""

    policy: str
    data_class: str


def without(release: Release, provider: str) -> Release:
    """The same release with every deployment of `provider` switched off."""
    return replace(
        release,
        digest=f"{release.digest} without {provider}",
        deployments={
            name: replace(deployment, enabled=False) if deployment.provider == provider else deployment
            for name, deployment in release.deployments.items()
        },
    )


def policies_of(release: Release, provider: str) -> list[str]:
    """The policies whose routes name a deployment of `provider`, by name."""
    return sorted(
        policy.name
        for policy in release.policies.values()
        if any(
            deployment.provider == provider
            for rule in policy.rules
            if rule.route is not None
            for deployment in deployments_of(rule.route, release.deployments)
        )
    )


def trials_of(release: Release, provider: str, now_us: int) -> Iterator[Trial]:
    """Each policy that uses `provider`, with each class that it can route; the least sensitive first."""
    covered = coverage_of(release, now_us)
    ranked = sorted(release.data_classes.values(), key=lambda each: each.rank)
    for policy in policies_of(release, provider):
        classes = frozenset[str]().union(
            *(covered.get(f"{policy}#{rule.name}", ()) for rule in release.policies[policy].rules)
        )
        for data_class in ranked:
            if data_class.name in classes:
                yield Trial(policy, data_class.name)


def uncovered(release: Release, provider: str, now_us: int) -> dict[str, list[str]]:
    """Rule → the classes that nobody could serve while `provider` is down."""
    after = without(release, provider)
    return lost(coverage_of(release, now_us), coverage_of(after, now_us))
