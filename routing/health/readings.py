"""Reads of the register's projections for windows: each bounded by an index and a limit.

Ids of attempts are in the order of time (UUIDv7), so the latest are found by the primary key.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from audit.core.ids import uuid7
from audit.models import Attempt, Request
from routing.core.execution import DRILLED
from routing.health.figures import Answers, Called, Figures, figures_of

MAX_CALLS = 20_000  # of a window, the latest
MAX_CALLS_OF_ONE = 2_000
COLUMNS = ("deployment", "model", "error_kind", "latency_ms", "first_token_ms", "output_tokens")


@dataclass(frozen=True, slots=True)
class Window:
    key: str
    label: str
    length: timedelta


WINDOWS = (
    Window("5m", "5 minutes", timedelta(minutes=5)),
    Window("1h", "1 hour", timedelta(hours=1)),
    Window("24h", "24 hours", timedelta(hours=24)),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a window holds; `is_cut` says that there were more calls than the latest that were read."""

    deployments: dict[str, Figures]
    models: dict[str, Figures]
    is_cut: bool


def read(window: Window, now: datetime) -> Reading:
    """Of every deployment and model that was called."""
    since = now - window.length
    rows = Attempt.objects.filter(pk__gte=first_id(since), finished_at__gte=since).order_by("-pk")
    rows = rows.exclude(error_message=DRILLED)
    calls = _calls(rows, MAX_CALLS)
    by_deployment, by_model = defaultdict[str, list[Called]](list), defaultdict[str, list[Called]](list)
    for call in calls:
        by_deployment[call.deployment].append(call)
        by_model[call.model].append(call)
    return Reading(
        _figures(by_deployment, answers_of("deployment", since)),
        _figures(by_model, answers_of("model", since)),
        len(calls) == MAX_CALLS,
    )


def read_some(deployments: Iterable[str], now: datetime) -> list[tuple[Window, Figures]]:
    """Of some deployments taken together, for each window."""
    names = list(deployments)
    timed = [pair for name in names for pair in _timed_calls(name, now - WINDOWS[-1].length)]
    found = []
    for window in WINDOWS:
        since = now - window.length
        answers = answers_of("deployment", since, names)
        total = (sum(given for given, _ in answers.values()), sum(stood for _, stood in answers.values()))
        found.append((window, figures_of((call for at, call in timed if at >= since), total)))
    return found


def answers_of(column: str, since: datetime, names: list[str] | None = None) -> Answers:
    """Of the latest requests: how many answers each gave, and how many of those as a fallback."""
    latest = Request.objects.filter(accepted_at__gte=since).order_by("-accepted_at").values("pk")[:MAX_CALLS]
    rows = Request.objects.filter(pk__in=latest, outcome=Request.Outcome.SUCCEEDED).order_by()
    if names is not None:
        rows = rows.filter(**{f"{column}__in": names})
    counted = rows.values_list(column).annotate(
        given=Count("pk"), stood=Count("pk", filter=Q(fallback_used=True))
    )
    return {name: (given, stood) for name, given, stood in counted}


def first_id(moment: datetime) -> UUID:
    """Below every id of that millisecond."""
    return UUID(int=(uuid7(int(moment.timestamp() * 1000)).int >> 80) << 80)


def _calls(rows: QuerySet[Attempt], limit: int) -> list[Called]:
    return [Called(*values) for values in rows.values_list(*COLUMNS)[:limit]]


def _timed_calls(deployment: str, since: datetime) -> list[tuple[datetime, Called]]:
    rows = Attempt.objects.filter(deployment=deployment, finished_at__gte=since).order_by("-finished_at")
    rows = rows.exclude(error_message=DRILLED)
    found = rows.values_list("finished_at", *COLUMNS)[:MAX_CALLS_OF_ONE]
    return [(at, Called(*values)) for at, *values in found]


def _figures(calls: dict[str, list[Called]], answers: Answers) -> dict[str, Figures]:
    return {name: figures_of(made, answers.get(name, (0, 0))) for name, made in calls.items()}
