"""How long to wait before a call is repeated."""

MAX_RETRY_AFTER_S = 20.0
BASE_BACKOFF_S = 0.25


def backoff_s(attempts: int, retry_after_s: float | None, draw: float) -> float | None:
    """Seconds to wait before the next attempt, or None where the provider asks for too long a wait.

    Exponential from BASE_BACKOFF_S with jitter; a `retry-after` of the provider is a lower bound.
    """
    if retry_after_s is not None and retry_after_s > MAX_RETRY_AFTER_S:
        return None
    jittered: float = BASE_BACKOFF_S * 2 ** (attempts - 1) * (0.5 + draw)
    return max(jittered, retry_after_s or 0.0)
