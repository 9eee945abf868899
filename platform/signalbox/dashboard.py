"""What the admin's first page tells: traffic, money, refusals, models, latency, errors.

Figures come from the register's projection and the ledger. Each query is bounded by the span's time or by a
limit, so that the page stays cheap beside millions of rows.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncHour
from django.http import HttpRequest
from django.utils import timezone

from audit import scopes
from audit.models import Request
from billing.core.budgets import EVERY_EXPERIMENT
from billing.core.money import to_usd
from billing.core.windows import Window, start_of
from billing.models import Budget, LedgerEntry
from routing.health import shares
from routing.health.figures import percentile
from routing.models import CacheHit
from signalbox.charts import Column, StackedBars, stacked_bars

LATENCY_SAMPLE = 10_000
MAX_LINES = 8
MAX_BUDGETS = 12
SERIES = ("succeeded", "refused", "failed", "cancelled", "running", "held")
FAILURES = ("failed", "abandoned", "expired")
PERMISSION = "audit.view_request"


@dataclass(frozen=True, slots=True)
class Span:
    """How far back the page looks, and how wide its columns are."""

    key: str
    label: str
    hours: int
    bucket_hours: int
    label_format: str


SPANS = (Span("24h", "24 hours", 24, 1, "%H:%M"), Span("7d", "7 days", 168, 6, "%d %b"))


@dataclass(frozen=True, slots=True)
class Share:
    name: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class BudgetView:
    """`percent` is of the limit and may pass 100; `bar` is what the meter draws."""

    name: str
    scope: str
    spent_usd: Decimal
    limit_usd: Decimal
    percent: float
    state: str  # approved | warning | error: the colours of the style sheet
    pk: int

    @property
    def bar(self) -> float:
        return min(self.percent, 100.0)


@dataclass(frozen=True, slots=True)
class Again:
    """Answers that were given again, and what they had cost."""

    count: int
    saved_usd: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    total: int
    succeeded: int
    cost_usd: Decimal
    fallbacks: Share
    p50_ms: int | None
    p95_ms: int | None
    first_token_p50_ms: int | None
    traffic: StackedBars
    tiers: tuple[shares.PolicyShares, ...]  # of policies that have bands
    again: Again
    models: tuple[Share, ...]
    refusals: tuple[Share, ...]
    errors: tuple[Share, ...]
    budgets: tuple[BudgetView, ...]


def context(request: HttpRequest) -> dict[str, Any]:
    """For the template of the first page; without figures for whoever may not see requests."""
    span = next((span for span in SPANS if span.key == request.GET.get("span")), SPANS[0])
    allowed = request.user.has_perm(PERMISSION)
    figures = figures_of(span, timezone.now(), request.user) if allowed else None
    return {"span": span, "spans": SPANS, "figures": figures}


def figures_of(span: Span, now: datetime, person: scopes.Person) -> Figures:
    """What `person` may see of them: their teams' share, or all."""
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    within = Request.objects.filter(accepted_at__gte=end - timedelta(hours=span.hours)).order_by()
    requests = scopes.visible(person, within)
    totals = requests.aggregate(
        total=Count("id"),
        succeeded=Count("id", filter=Q(outcome="succeeded")),
        fallbacks=Count("id", filter=Q(outcome="succeeded", fallback_used=True)),
        cost=Sum("cost_nano"),
    )
    latencies, first_tokens = _latencies(requests)
    return Figures(
        total=totals["total"],
        succeeded=totals["succeeded"],
        cost_usd=to_usd(totals["cost"] or 0),
        fallbacks=_share("fallback", totals["fallbacks"], totals["succeeded"]),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        first_token_p50_ms=percentile(first_tokens, 50),
        traffic=_traffic(requests, span, end),
        tiers=_tiers(person, end - timedelta(hours=span.hours)),
        again=_again(person, end - timedelta(hours=span.hours)),
        models=_shares(requests.filter(outcome="succeeded"), "model"),
        refusals=_shares(requests.filter(outcome="refused"), "error_code"),
        errors=_shares(requests.filter(outcome__in=FAILURES), "error_code"),
        budgets=tuple(_budgets(now, person)),
    )


def _again(person: scopes.Person, since: datetime) -> Again:
    hits = scopes.visible(person, CacheHit.objects.filter(at__gte=since).order_by())
    counted = hits.aggregate(count=Count("id"), saved=Sum("saved_nano"))
    return Again(counted["count"], to_usd(counted["saved"] or 0))


def _traffic(requests: QuerySet[Request], span: Span, end: datetime) -> StackedBars:
    start = end - timedelta(hours=span.hours)
    counts: Counter[tuple[int, str]] = Counter()
    hours = requests.annotate(hour=TruncHour("accepted_at")).values("hour", "outcome")
    for row in hours.annotate(count=Count("id")):
        bucket = int((row["hour"] - start).total_seconds()) // 3600 // span.bucket_hours
        counts[bucket, _series(row["outcome"])] += row["count"]
    columns = []
    for bucket in range(span.hours // span.bucket_hours):
        begin = start + timedelta(hours=bucket * span.bucket_hours)
        columns.append(
            Column(begin.strftime(span.label_format), tuple(counts[bucket, series] for series in SERIES))
        )
    return stacked_bars(SERIES, columns)


def _series(outcome: str) -> str:
    if outcome in FAILURES:
        return "failed"
    return outcome or "running"


def _tiers(person: scopes.Person, since: datetime) -> tuple[shares.PolicyShares, ...]:
    if not shares.bands_in_force():
        return ()
    found = shares.by_tier(shares.answered(person, since))
    return tuple(share for share in found if any(tier.band for tier in share.tiers))[:MAX_LINES]


def _latencies(requests: QuerySet[Request]) -> tuple[list[int], list[int]]:
    """Of the latest LATENCY_SAMPLE answers, in rising order."""
    latest = requests.filter(outcome="succeeded", latency_ms__isnull=False).order_by("-accepted_at")
    rows = list(latest.values_list("latency_ms", "first_token_ms")[:LATENCY_SAMPLE])
    whole = sorted(latency for latency, _ in rows if latency is not None)
    return whole, sorted(first for _, first in rows if first is not None)


def _shares(requests: QuerySet[Request], column: str) -> tuple[Share, ...]:
    """The most frequent values of `column`; what is left over is counted together."""
    rows = requests.values(column).annotate(count=Count("id")).order_by("-count", column)
    counted = [(row[column] or "unknown", int(row["count"])) for row in rows[:200]]
    total = sum(count for _, count in counted)
    shares = [_share(name, count, total) for name, count in counted[:MAX_LINES]]
    rest = sum(count for _, count in counted[MAX_LINES:])
    return (*shares, _share("others", rest, total)) if rest else tuple(shares)


def _share(name: str, count: int, total: int) -> Share:
    return Share(name, count, round(100 * count / total, 1) if total else 0.0)


def _budgets(now: datetime, person: scopes.Person) -> Iterable[BudgetView]:
    """The enabled budgets, the fullest first."""
    enabled = Budget.objects.filter(enabled=True).select_related("team", "application")
    budgets = scopes.visible(person, enabled)[:MAX_BUDGETS]
    return sorted((_budget(budget, now) for budget in budgets), key=lambda view: -view.percent)


def _budget(budget: Budget, now: datetime) -> BudgetView:
    spent_usd = to_usd(_spent_nano(budget, now))
    percent = float(round(100 * spent_usd / budget.limit_usd, 1)) if budget.limit_usd else 100.0
    state = "error" if percent >= 100 else "warning" if percent >= 80 else "approved"
    scope = f"{budget.scope_text}, {budget.get_window_display()}"
    return BudgetView(budget.name, scope, spent_usd, budget.limit_usd, percent, state, budget.pk)


def _spent_nano(budget: Budget, now: datetime) -> int:
    """What was charged in the budget's window; for a limit per end user, by whoever spent most."""
    rows = LedgerEntry.objects.filter(
        kind__in=(LedgerEntry.Kind.SETTLED, LedgerEntry.Kind.ADJUSTED),
        window_at__gte=start_of(Window(budget.window), now),
    )
    scope = {
        "team": budget.team.name if budget.team else "",
        "application": budget.application.name if budget.application else "",
        "api_key": budget.api_key,
        "end_user": budget.end_user,
        "model": budget.model,
    }
    rows = rows.filter(**{column: value for column, value in scope.items() if value}).order_by()
    if budget.experiment:
        rows = rows.exclude(shadow=None)
        if budget.experiment != EVERY_EXPERIMENT:
            rows = rows.filter(shadow=budget.experiment)
    elif budget.each_end_user or any(value for name, value in scope.items() if name != "model"):
        rows = rows.filter(shadow=None)
    if budget.each_end_user:
        most = rows.values("end_user").annotate(spent=Sum("amount_nano")).order_by("-spent").first()
        return int(most["spent"]) if most else 0
    return int(rows.aggregate(spent=Sum("amount_nano"))["spent"] or 0)
