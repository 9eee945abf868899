"""Where a request allows its data to go. It narrows what the matrix allows, and can never widen it.

Written as codes of countries (ISO 3166-1, or EU or EEA) and `region:<label>`, with commas between; a
deployment that any of them names is allowed. One whose country is not known is in no country.
"""

from registry.core.countries import expanded
from routing.core.release import Deployment

REGION = "region:"
MAX_RESIDENCY_CHARS = 200


def read_residency(text: str) -> tuple[str, ...]:
    """The places in their one form, sorted. Raises ValueError where it can't be read, or names none."""
    if not text.isascii() or len(text) > MAX_RESIDENCY_CHARS:
        raise ValueError(f"Expected at most {MAX_RESIDENCY_CHARS} characters of ASCII.")
    named = [part.strip(" \t").lower() for part in text.split(",")]
    regions = {part for part in named if part.startswith(REGION) and len(part) > len(REGION)}
    countries = expanded(part for part in named if part not in regions)
    return tuple(sorted(regions.union(countries)))


def places_of(deployment: Deployment) -> frozenset[str]:
    """How a residency may name where `deployment` is."""
    return frozenset({deployment.country.lower(), f"{REGION}{deployment.region}"} - {""})
