"""Bands that an admin sets for a policy: how much of its traffic each tier should serve, how often a fallback
may.

Nothing is decided by them: what leaves its band is told of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_FALLBACK_PERCENT = 20
TIERS = ("small", "standard", "frontier")


@dataclass(frozen=True, slots=True)
class TierBand:
    tier: str
    least_percent: int
    most_percent: int

    def holds(self, percent: float) -> bool:
        return self.least_percent <= percent <= self.most_percent

    def __str__(self) -> str:
        return f"{self.least_percent} to {self.most_percent} %"


def fallback_band(policy: Mapping[str, Any]) -> int:
    """Of a policy as a release holds it, in percent."""
    percent = policy.get("fallback_band_percent")
    return DEFAULT_FALLBACK_PERCENT if percent is None else int(percent)


def bands_from(value: Iterable[Sequence[Any]] | None) -> tuple[TierBand, ...]:
    """Of `[["small", 50, 80], …]`, as a release holds it. Raises ValueError for what is no band."""
    bands = tuple(TierBand(*each) for each in value or ())
    for band in bands:
        if band.tier not in TIERS or not 0 <= band.least_percent <= band.most_percent <= 100:
            raise ValueError(f"no such band of a tier: {band.tier} {band}")
    return bands
