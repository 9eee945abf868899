"""How sure it is that what is near may be given: an exact bound on the share of false ones."""

import math

MOST_FALSE = 0.01
CONFIDENCE = 0.95
STEPS = 60  # of halving; far below what is shown


def upper_bound(false: int, compared: int) -> float:
    """With 95 % confidence no more than this share of near answers is false (Clopper and Pearson,
    one-sided)."""
    if compared == 0 or false >= compared:
        return 1.0
    low, high = false / compared, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _at_most(false, compared, middle) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def suffices(false: int, compared: int) -> bool:
    """Whether near answers may be given: 299 comparisons without a false one are the fewest."""
    return upper_bound(false, compared) <= MOST_FALSE


def _at_most(false: int, compared: int, share: float) -> float:
    """The chance of no more than `false` in `compared`, where each is false with `share`."""
    logs = (
        math.lgamma(compared + 1)
        - math.lgamma(count + 1)
        - math.lgamma(compared - count + 1)
        + count * math.log(share)
        + (compared - count) * math.log1p(-share)
        for count in range(false + 1)
    )
    return math.fsum(map(math.exp, logs))
