"""The rulings of a release: every cell of its matrix, with what is assured of the deployment."""

from registry.core.assurance import Assured, Holding
from routing.core.matrix import Ruling, ruling
from routing.core.release import Certification, Deployment, Provider, Release

Rulings = dict[str, dict[str, Ruling]]  # by deployment and data class


def rulings_of(release: Release) -> Rulings:
    """A cell of a class that the release doesn't have is left out, which denies."""
    return {name: _rulings(deployment, release) for name, deployment in release.deployments.items()}


def _rulings(deployment: Deployment, release: Release) -> dict[str, Ruling]:
    assured, classes = assured_of(deployment, release), release.data_classes
    return {
        name: ruling(cell, classes[name], assured)
        for name, cell in deployment.cells.items()
        if name in classes
    }


def assured_of(deployment: Deployment, release: Release) -> Assured:
    """A provider of which the release says nothing assures nothing."""
    provider = release.providers.get(deployment.provider, Provider(deployment.provider))
    return Assured(
        country=deployment.country.lower(),
        jurisdictions=frozenset(code.lower() for code in provider.jurisdictions),
        zero_retention=provider.zero_retention,
        no_training=provider.no_training,
        holdings=tuple(_holding(held) for held in release.certifications if is_of(held, deployment)),
    )


def is_of(held: Certification, deployment: Deployment) -> bool:
    """A deployment's own counts for it alone."""
    if held.deployment:
        return held.deployment == deployment.name
    return bool(held.provider) and held.provider == deployment.provider


def _holding(held: Certification) -> Holding:
    return Holding(
        name=held.name,
        kind=held.kind,
        window=(held.valid_from_us, held.valid_to_us),
        countries=frozenset(code.lower() for code in held.countries),
        data_kinds=frozenset(held.data_kinds),
    )
