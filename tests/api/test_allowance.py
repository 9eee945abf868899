"""What is left of a key's limits per minute, told beside every answer."""

from datetime import UTC, datetime

import pytest

from billing.live import RateLine
from routing.api.allowance import allowance_headers, anthropic_headers, refused_headers

REQUESTS = RateLine("sb:rate:key:sb-1:requests", 60)
TOKENS = RateLine("sb:rate:key:sb-1:tokens", 1000, 300, adjusts=True)


@pytest.mark.parametrize(
    ("rate", "full_in_us", "left"),
    [(REQUESTS, 0, 60), (REQUESTS, 1_000_000, 59), (REQUESTS, 1_000_001, 58), (REQUESTS, 60_000_000, 0)],
)
def test_what_fits_at_once_follows_from_when_the_bucket_is_full(
    rate: RateLine, full_in_us: int, left: int
) -> None:
    assert rate.left(full_in_us) == left


def test_a_key_without_limits_is_told_none() -> None:
    assert allowance_headers(()) == {}


def test_each_limit_is_told_in_openais_words() -> None:
    assert allowance_headers([(REQUESTS, 1_000_000), (TOKENS, 18_000_000)]) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1.000s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "700",
        "x-ratelimit-reset-tokens": "18.000s",
    }


def test_a_refusal_tells_the_limit_that_refused() -> None:
    told = refused_headers((REQUESTS, TOKENS), TOKENS.key, 2.5)
    assert told["x-ratelimit-remaining-tokens"] == "0"
    assert told["x-ratelimit-reset-tokens"] == "2.500s"
    assert not any("requests" in name for name in told)
    assert refused_headers((REQUESTS,), "sb:lane:x", None) == {}


def test_anthropics_clients_are_told_in_their_own_words() -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
    assert anthropic_headers(allowance_headers([(REQUESTS, 2_500_000)]), now) == {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "57",
        "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:02Z",
    }
    assert anthropic_headers({}, now) == {}
