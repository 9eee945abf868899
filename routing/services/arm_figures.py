"""What the register's requests say of an arm, as its bounds and the comparison with the control take it."""

from django.db.models import BigIntegerField, Count, F, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Least

from audit.models import Feedback
from routing.core.comparing import Compared, Latencies, look_beside, means, percentiles
from routing.core.routes import MILLI, Bound, Margin
from routing.core.stopping import COST_CAP, SLOWER, Look, Seen, look
from routing.models import Trial

Trials = QuerySet[Trial]
NANO_PER_MICRO = 1_000
FIRST_COSTS = 20  # of the control: they say how much a cost counts at most, and are not compared


def look_at(bound: Bound, arm: Trials, control: Trials, *, bounds: int) -> Look:
    """What `bound`, one of `bounds`, says of the arm."""
    if isinstance(bound, Margin):
        return look_beside(bound, compared(bound, *_from_the_same_time(arm, control)), bounds=bounds)
    return look(bound, seen_of(arm, bound), bounds=bounds)


def seen_of(trials: Trials, bound: Bound) -> Seen:
    """What counts towards the bound, each between 0 and 1."""
    if bound.metric == "score":
        return _unsatisfied(trials)
    if bound.metric == "errors":
        return _failed(trials)
    if bound.metric in SLOWER:
        slower = Q(latency_ms__gt=bound.limit)
        sums = trials.aggregate(count=Count("latency_ms"), total=Count("pk", filter=slower))
        return Seen(sums["count"], sums["total"])
    return _capped(trials, bound.limit * NANO_PER_MICRO * COST_CAP)


def compared(margin: Margin, arm: Trials, control: Trials) -> Compared:
    """Costs count up to so many times what the first ones of the control were on average."""
    if margin.metric in SLOWER:
        return percentiles(
            _latencies(arm), _latencies(control), slower=SLOWER[margin.metric], margin_ms=margin.limit
        )
    if margin.metric == "cost":
        return _costs_compared(margin, arm, control)
    seen = _unsatisfied if margin.metric == "score" else _failed
    return means(seen(arm), seen(control), margin.limit / MILLI)


def _from_the_same_time(arm: Trials, control: Trials) -> tuple[Trials, Trials]:
    """Both since the first request of whichever began later; nothing before both have begun."""
    first, other = (trials.aggregate(first=Min("at"))["first"] for trials in (arm, control))
    if first is None or other is None:
        return arm.none(), control.none()
    since = max(first, other)
    return arm.filter(at__gte=since), control.filter(at__gte=since)


def _costs_compared(margin: Margin, arm: Trials, control: Trials) -> Compared:
    priced = control.exclude(cost_nano=None)
    first = list(priced.order_by("at", "pk").values_list("pk", "cost_nano")[:FIRST_COSTS])
    if len(first) < FIRST_COSTS:
        return means(Seen(0, 0), Seen(0, 0), 0.0)
    limit_nano = margin.limit * NANO_PER_MICRO
    mean_nano = sum(nano or 0 for _, nano in first) // FIRST_COSTS
    cap_nano = COST_CAP * max(mean_nano, limit_nano)
    later = priced.exclude(pk__in=[pk for pk, _ in first])
    return means(_capped(arm, cap_nano), _capped(later, cap_nano), limit_nano / cap_nano)


def _failed(trials: Trials) -> Seen:
    sums = trials.aggregate(count=Count("pk"), total=Count("pk", filter=Q(failed=True)))
    return Seen(sums["count"], sums["total"])


def _unsatisfied(trials: Trials) -> Seen:
    """What answers lack to the best score."""
    said = Feedback.objects.filter(request_id__in=trials.values("request_id")).order_by()
    sums = said.aggregate(count=Count("pk"), total=Sum("score", default=0))
    return Seen(sums["count"], sums["count"] - sums["total"] / MILLI)


def _capped(trials: Trials, cap_nano: int) -> Seen:
    """Of costs, each as a share of `cap_nano`, and at most that."""
    least = Least(F("cost_nano"), Cast(Value(cap_nano), BigIntegerField()))
    sums = trials.aggregate(count=Count("cost_nano"), total=Sum(least, default=0))
    return Seen(sums["count"], sums["total"] / cap_nano)


def _latencies(trials: Trials) -> Latencies:
    """At most one for each millisecond of the longest deadline."""
    taken = trials.order_by("latency_ms").values_list("latency_ms").annotate(times=Count("pk"))
    return Latencies((latency_ms, times) for latency_ms, times in taken if latency_ms is not None)
