"""Bands of tiers as text: `small 50 to 80`, one on each line."""

from collections.abc import Iterable, Sequence
from typing import Any

from routing.core.bands import TIERS
from routing.core.notation.problem import NotationProblem


def parse_bands(text: str) -> list[list[Any]] | None:
    """As a release holds them, in the order of tiers; None of nothing. Raises NotationProblem."""
    found: dict[str, list[Any]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.replace("%", " ").split()
        if not words:
            continue
        if len(words) != 4 or words[2] != "to" or not (words[1].isdecimal() and words[3].isdecimal()):
            raise NotationProblem(number, "write a tier and its band, such as “small 50 to 80”.")
        tier, least, most = words[0], int(words[1]), int(words[3])
        if tier not in TIERS:
            raise NotationProblem(number, f"there is no tier “{tier}”; there are {', '.join(TIERS)}.")
        if tier in found:
            raise NotationProblem(number, f"the tier “{tier}” has a band already.")
        if not least <= most <= 100:
            raise NotationProblem(number, "a band goes from a lower to a higher percentage, at most 100.")
        found[tier] = [tier, least, most]
    return [found[tier] for tier in TIERS if tier in found] or None


def render_bands(value: Iterable[Sequence[Any]] | None) -> str:
    return "\n".join(f"{tier} {least} to {most}" for tier, least, most in value or ())
