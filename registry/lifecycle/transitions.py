"""Which state may follow which, counted from what is in force."""

from registry.models import Lifecycle

P, E, A, D, R = (
    Lifecycle.PROPOSED.value,
    Lifecycle.EVALUATING.value,
    Lifecycle.APPROVED.value,
    Lifecycle.DEPRECATED.value,
    Lifecycle.RETIRED.value,
)
SERVING = frozenset({A, D})
NEXT: dict[str, frozenset[str]] = {
    P: frozenset({E, R}),
    E: frozenset({P, A, R}),
    A: frozenset({E, D, R}),
    D: frozenset({E, A, R}),
    R: frozenset(),
}


def transition_problem(before: str | None, after: str, *, checked: bool) -> str:
    """Why `after` can't follow `before` (None: it is new), in words; empty where it can.

    Who has gone through a checklist (`checked`: there is one, and all of it holds) need not be seen in
    evaluation first.
    """
    if before is None or before == after or after in NEXT[before]:
        return ""
    if before == R:
        return "What is retired stays retired: add another version, or another deployment."
    if (before, after) == (P, A):
        return "" if checked else "It is evaluated before it is approved, or its checklist is complete."
    return f"What is {before} can't become {after} at once."


def is_promotion(before: str | None, after: str) -> bool:
    """Whether it comes to serve, or to serve without reserve, and so needs its evidence."""
    return after in SERVING and (before not in SERVING or (after == A and before != after))
