from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from signalbox.charts import HEIGHT, WIDTH, Column, nice_ceiling, stacked_bars
from signalbox.dashboard import SERIES, SPANS, figures_of, percentile

from audit.core.ids import uuid7
from audit.models import Request
from billing.models import Budget, LedgerEntry
from registry.models import User

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
BOSS = User(username="boss", is_superuser=True)


def add_request(outcome: str, hours_ago: float = 1, **fields: object) -> None:
    at = NOW - timedelta(hours=hours_ago)
    state = "finished" if outcome else "running"
    finished = at if outcome else None
    Request.objects.create(
        id=uuid7(),
        accepted_at=at,
        state=state,
        outcome=outcome,
        operation="chat",
        finished_at=finished,
        **fields,
    )


@pytest.fixture
def traffic(db: None) -> None:
    for latency_ms, model in ((100, "small"), (200, "small"), (900, "large")):
        add_request("succeeded", latency_ms=latency_ms, model=model, cost_nano=1_000_000_000)
    add_request("succeeded", latency_ms=50, model="small", fallback_used=True)
    add_request("refused", error_code="budget_exceeded")
    add_request("expired", error_code="service_unavailable")
    add_request("")
    add_request("refused", hours_ago=100, error_code="rate_limit_exceeded")


def test_figures_count_what_happened_in_their_span(traffic: None) -> None:
    day, week = (figures_of(span, NOW, BOSS) for span in SPANS)
    assert (day.total, week.total) == (7, 8)
    assert day.succeeded == 4
    assert day.cost_usd == Decimal(3)
    assert (day.p50_ms, day.p95_ms) == (100, 900)
    assert (day.fallbacks.count, day.fallbacks.percent) == (1, 25.0)
    assert [(share.name, share.count) for share in day.models] == [("small", 3), ("large", 1)]
    assert [share.name for share in day.refusals] == ["budget_exceeded"]
    assert [share.name for share in day.errors] == ["service_unavailable"]


def test_traffic_is_one_column_for_each_hour(traffic: None) -> None:
    columns = figures_of(SPANS[0], NOW, BOSS).traffic.columns
    assert len(columns) == 24
    assert columns[-2].label == "11:00"
    assert dict(zip(SERIES, columns[-2].values, strict=True)) == {
        "succeeded": 4,
        "refused": 1,
        "failed": 1,
        "cancelled": 0,
        "running": 1,
        "held": 0,
    }


def test_budgets_are_measured_by_the_ledger(db: None) -> None:
    Budget.objects.create(name="day", window="day", limit_usd=Decimal(10))
    Budget.objects.create(name="month", window="month", limit_usd=Decimal(10))
    Budget.objects.create(name="off", enabled=False, limit_usd=Decimal(10))
    for kind, usd, at in (("settled", 4, NOW), ("reserved", 9, NOW), ("settled", 5, NOW - timedelta(days=2))):
        LedgerEntry.objects.create(
            kind=kind, request_id=uuid7(), amount_nano=usd * 10**9, window_at=at, at=at
        )
    views = figures_of(SPANS[0], NOW, BOSS).budgets
    assert [(view.name, view.percent, view.state) for view in views] == [
        ("month", 90.0, "warning"),
        ("day", 40.0, "approved"),
    ]


def test_a_limit_per_end_user_shows_who_spent_most(db: None) -> None:
    Budget.objects.create(name="each", each_end_user=True, limit_usd=Decimal(10))
    for user, usd in (("ann", 2), ("bob", 12)):
        LedgerEntry.objects.create(
            kind="settled", request_id=uuid7(), amount_nano=usd * 10**9, end_user=user, window_at=NOW, at=NOW
        )
    (view,) = figures_of(SPANS[0], NOW, BOSS).budgets
    assert (view.percent, view.bar) == (120.0, 100.0)


@pytest.fixture
def open_page(db: None) -> Callable[..., str]:
    def opened(*, allowed: bool = True, span: str = "24h") -> str:
        person = User.objects.create_user(f"person-{allowed}-{span}", is_staff=True)
        if allowed:
            person.user_permissions.set(
                Permission.objects.filter(codename__in=("view_request", "every_team"))
            )
        client = Client()
        client.force_login(person)
        answer = client.get(reverse("admin:index"), {"span": span})
        assert answer.status_code == 200
        return answer.content.decode()

    return opened


@pytest.mark.parametrize("span", ["24h", "7d", "nonsense"])
def test_the_page_renders_with_nothing_to_show(open_page: Callable[..., str], span: str) -> None:
    text = open_page(span=span)
    assert "No requests in this time." in text
    assert "There are no budgets" in text


def test_the_page_renders_with_rows(
    open_page: Callable[..., str], traffic: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalbox.dashboard.timezone.now", lambda: NOW)
    text = open_page()
    assert "budget_exceeded" in text
    assert "4 succeeded</title>" in text


def test_who_may_not_see_requests_sees_no_figures(open_page: Callable[..., str]) -> None:
    assert "Spend against budgets" not in open_page(allowed=False)


@pytest.mark.parametrize(
    ("ordered", "percent", "answer"),
    [([], 50, None), ([7], 95, 7), ([1, 2], 50, 1), ([1, 2, 3], 50, 2), (list(range(1, 101)), 95, 95)],
)
def test_percentiles_are_by_nearest_rank(ordered: list[int], percent: int, answer: int | None) -> None:
    assert percentile(ordered, percent) == answer


@pytest.mark.parametrize(("value", "ceiling"), [(0, 3), (3, 3), (4, 6), (7, 15), (31, 60), (1_000, 1_500)])
def test_scales_end_on_a_round_number(value: int, ceiling: int) -> None:
    assert nice_ceiling(value) == ceiling


def test_bars_stay_within_the_picture() -> None:
    chart = stacked_bars(("a", "b"), [Column("x", (1, 2)), Column("y", (0, 0)), Column("z", (100, 50))])
    assert len(chart.bars) == 4
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH and 0 <= bar.y <= HEIGHT for bar in chart.bars)
