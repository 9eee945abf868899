"""What providers tell of their limits beside good answers, in each one's own headers."""

import pytest

from routing.adapters.contract import Allowance
from routing.adapters.limits import allowance_of, until_reset

DATE = {"date": "Wed, 21 Oct 2026 07:28:00 GMT"}


def openai(kind: str, remaining: str, limit: str, reset: str) -> dict[str, str]:
    told = {"remaining": remaining, "limit": limit, "reset": reset}
    return {f"x-ratelimit-{part}-{kind}": value for part, value in told.items() if value}


def anthropic(kind: str, remaining: str, limit: str) -> dict[str, str]:
    name = f"anthropic-ratelimit-{kind}"
    reset = "2026-10-21T07:28:30Z"
    return {f"{name}-remaining": remaining, f"{name}-limit": limit, f"{name}-reset": reset, **DATE}


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, None),
        ({"x-ratelimit-remaining-requests": "many"}, None),
        ({"x-ratelimit-remaining-requests": "nan"}, None),
        (openai("requests", "4999", "5000", "12ms"), Allowance(4999)),
        (openai("tokens", "7", "100", "55s"), Allowance(None, 7)),
        # One request fits again after its share of the time in which the bucket is full again.
        (openai("requests", "0", "60", "1m0s"), Allowance(0, None, 1.0)),
        (openai("requests", "0", "", "7"), Allowance(0, None, 7.0)),
        (openai("tokens", "0", "100000", "40s"), Allowance(None, 0, 2.0)),
        (
            {**openai("requests", "5", "60", "1s"), **openai("tokens", "0", "9", "20s")},
            Allowance(5, 0, 2.222),
        ),
        (anthropic("requests", "0", "50"), Allowance(0, None, 0.6)),
        (
            {**anthropic("input-tokens", "90", "99"), **anthropic("output-tokens", "8", "9")},
            Allowance(None, 8),
        ),
        (
            {"x-ratelimit-remaining-req-minute": "0", "x-ratelimit-limit-req-minute": "30"},
            Allowance(0, None, 2.0),
        ),
        (openai("requests-day", "0", "", "3600.5"), Allowance(0, None, 3600.5)),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1792567710000", **DATE},
            Allowance(0, None, 30.0),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1792567710"}, Allowance(0)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "soon"}, Allowance(0)),
    ],
)
def test_what_is_left_is_read_from_the_headers(headers: dict[str, str], wanted: Allowance | None) -> None:
    found = allowance_of(headers)
    if found is None or wanted is None:
        assert found is wanted
        return
    assert (found.requests, found.tokens) == (wanted.requests, wanted.tokens)
    assert found.wait_s == pytest.approx(wanted.wait_s, abs=0.001)


def test_a_refusal_waits_until_all_is_there_again() -> None:
    assert until_reset(openai("requests", "0", "60", "1m0s")) == 60.0
    assert until_reset(anthropic("requests", "0", "50")) == 30.0
