from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from routing.health.figures import Called, Figures, figures_of
from routing.health.readings import WINDOWS, read, read_some

Told = Callable[..., object]
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


def called(error_kind: str = "", **fields: int) -> Called:
    return Called("d", "m", error_kind, **fields)


@pytest.mark.parametrize(
    ("kinds", "calls", "error_percent"),
    [
        ((), 0, None),
        (("", "", "", "error"), 4, 25.0),
        (("", "timeout", "rate_limit", "authentication"), 4, 75.0),
        (("", "invalid_request", "content_filter", "context_overflow"), 4, 0.0),
        (("", "breaker_open", "capacity", "suspended", "superseded", "cancelled"), 1, 0.0),
    ],
)
def test_errors_are_what_the_provider_answers_for(
    kinds: tuple[str, ...], calls: int, error_percent: float | None
) -> None:
    figures = figures_of(map(called, kinds))
    assert (figures.calls, figures.error_percent) == (calls, error_percent)


def test_latencies_are_of_answers_alone() -> None:
    slow = called("timeout", latency_ms=60_000)
    figures = figures_of([slow, *(called(latency_ms=ms, first_token_ms=ms // 2) for ms in (100, 300, 200))])
    assert (figures.p50_ms, figures.p95_ms, figures.first_token_p50_ms) == (200, 300, 100)


def test_tokens_of_a_stream_count_from_its_first() -> None:
    stream = called(latency_ms=1_500, first_token_ms=500, output_tokens=30)
    whole = called(latency_ms=1_000, output_tokens=10)
    assert figures_of([stream, whole]).tokens_per_s == 20.0


def test_a_window_holds_what_ended_in_it(told: Told) -> None:
    for minutes_ago in (1, 4, 50, 600, 60 * 30):
        told(NOW, minutes_ago)
    assert [read(window, NOW).deployments["d"].calls for window in WINDOWS] == [2, 3, 4]
    assert [figures.calls for _, figures in read_some(["d"], NOW)] == [2, 3, 4]


def test_deployments_and_models_are_told_apart(told: Told) -> None:
    told(NOW, 1, error_kind="error")
    told(NOW, 1, deployment="e", fallback_used=True)
    told(NOW, 1, deployment="e")
    told(NOW, 1, deployment="x", model="other")
    found = read(WINDOWS[0], NOW)
    assert {name: figures.calls for name, figures in found.deployments.items()} == {"d": 1, "e": 2, "x": 1}
    assert (found.models["m"].error_percent, found.models["m"].fallback_percent) == (33.3, 50.0)
    assert (found.deployments["e"].fallbacks, found.deployments["e"].answers) == (1, 2)


def test_deployments_of_a_model_are_taken_together(told: Told) -> None:
    for name in ("d", "e", "x"):
        told(NOW, 1, deployment=name, fallback_used=name == "e")
    figures = dict(read_some(["d", "e"], NOW))[WINDOWS[0]]
    assert (figures.calls, figures.fallback_percent) == (2, 50.0)


def test_more_calls_than_are_read_are_said_to_be_cut(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.health.readings.MAX_CALLS", 2)
    for minutes_ago in (1, 2):
        told(NOW, minutes_ago)
    assert read(WINDOWS[0], NOW).is_cut
    assert read(WINDOWS[0], NOW).deployments["d"].calls == 2


def test_nothing_has_no_figures(db: None) -> None:
    assert read(WINDOWS[0], NOW).deployments == {}
    assert read_some(["d"], NOW)[0] == (WINDOWS[0], Figures())
