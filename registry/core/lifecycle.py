"""The state and the end of a version, and of a deployment of it in its place: the stricter counts."""

from datetime import date

# From what serves freely to what never serves again.
STRICTNESS = ("approved", "deprecated", "evaluating", "proposed", "retired")


def stricter(of_version: str, here: str | None) -> str:
    """The state in which a deployment is; `here` is its own, None where it follows its version.

    A state that is not known is the strictest of all.
    """
    return of_version if here is None else max(of_version, here, key=_place)


def sooner(of_version: date | None, here: date | None) -> date | None:
    """When it ends, by whichever comes first."""
    known = [day for day in (of_version, here) if day is not None]
    return min(known, default=None)


def _place(state: str) -> int:
    return STRICTNESS.index(state) if state in STRICTNESS else len(STRICTNESS)
