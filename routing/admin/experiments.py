"""The page of experiments: how each arm does, with intervals, and how near it is to its bounds."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from audit.core.means import TWO_SIDED_95, Mean, mean_of_sums
from audit.models import Feedback
from billing.core.money import to_usd
from registry.admin.suspensions import suspend_url
from registry.core.subjects import SubjectKind, arm_target
from registry.services.suspensions import PERMISSION as SUSPEND
from routing.core.routes import MILLI, Arm
from routing.core.stopping import Look
from routing.core.trials import Held, experiments_of
from routing.models import Trial
from routing.services import experiments

PERMISSION = "routing.view_policy"
MAX_LATENCIES = 2_000  # the newest
NONE = "none yet"


@dataclass(frozen=True, slots=True)
class ArmView:
    """What is said of an arm, in words; `state` is for the eye as well."""

    name: str
    share: str
    requests: int
    errors: str
    median: str
    p95: str
    cost: str
    score: str
    state: str
    says: str
    suspend: str = ""
    looks: list[tuple[str, Look]] = field(default_factory=list)  # each with its bound in words


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    request.current_app = site.name
    release = experiments.released()
    held = list(experiments_of(release)) if release is not None else []
    may_suspend = request.user.has_perm(SUSPEND)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Experiments",
        "release": release,
        "found": [(each, list(_arms(each, may_suspend))) for each in held],
    }
    return TemplateResponse(request, "admin/routing/experiments.html", context)


def _arms(held: Held, may_suspend: bool) -> Iterator[ArmView]:
    experiment = held.experiment
    whole = sum(arm.weight for arm in experiment.arms)
    for at, arm in enumerate(experiment.arms):
        stopped = at > 0 and experiments.is_stopped(held, arm)
        says = "Control: it takes over from what is stopped." if at == 0 else "It runs."
        target = arm_target(experiment.name, arm.name)
        url = suspend_url(SubjectKind.ARM, [target]) if may_suspend and at and not stopped else ""
        yield _view(
            held,
            arm,
            share=f"{arm.weight / whole:.0%}" if whole else "none",
            state="denied" if stopped else "approved",
            says="Stopped." if stopped else says,
            suspend=url,
            looks=_looks(held, arm) if at else [],
        )


def _looks(held: Held, arm: Arm) -> list[tuple[str, Look]]:
    looks = experiments.looks_at(held, arm)
    return [(f"{look.bound.metric} {experiments.bound_in_words(look.bound)}", look) for look in looks]


def _view(held: Held, arm: Arm, **told: Any) -> ArmView:
    trials = experiments.trials_of(held.experiment.name, arm)
    cost = Cast("cost_nano", FloatField())  # a square is more than a whole number holds
    sums = trials.aggregate(
        count=Count("pk"),
        failed=Count("pk", filter=Q(failed=True)),
        priced=Count("cost_nano"),
        cost=Sum("cost_nano", default=0),
        squares=Sum(cost * cost, default=0.0),
    )
    count, failed = sums["count"], sums["failed"]
    errors = mean_of_sums(count, failed, failed, least=0.0, most=1.0)
    newest = trials.exclude(latency_ms=None).order_by("-at").values_list("latency_ms", flat=True)
    latencies = sorted(each for each in newest[:MAX_LATENCIES] if each is not None)
    return ArmView(
        arm.name,
        requests=count,
        errors=_share(errors) if count else NONE,
        median=_quantile(latencies, 0.5),
        p95=_quantile(latencies, 0.95),
        cost=_cost(sums["priced"], sums["cost"], sums["squares"]),
        score=_score(trials),
        **told,
    )


def _share(mean: Mean) -> str:
    low, high = (min(max(end, 0.0), 1.0) for end in mean.interval)
    return f"{mean.value:.1%} ({low:.1%} to {high:.1%})"


def _quantile(ordered: Sequence[int], share: float) -> str:
    """The sample's own, between the two whose ranks bound it with 95 %."""
    count = len(ordered)
    if not count:
        return NONE
    off = TWO_SIDED_95 * math.sqrt(count * share * (1 - share))
    low, at, high = (
        ordered[min(max(math.ceil(count * share + by) - 1, 0), count - 1)] for by in (-off, 0.0, off)
    )
    return f"{at:,} ms ({low:,} to {high:,})"


def _cost(count: int, total: int, squares: float) -> str:
    """The mean of what it cost, and how far off that may be."""
    if not count:
        return NONE
    mean = total / count
    off = TWO_SIDED_95 * math.sqrt(max(squares / count - mean**2, 0.0) / count)
    low, value, high = (to_usd(round(max(mean + by, 0.0))) for by in (-off, 0.0, off))
    return f"${value:.6f} ({low:.6f} to {high:.6f})"


def _score(trials: QuerySet[Trial]) -> str:
    score = Cast("score", FloatField())
    said = Feedback.objects.filter(request_id__in=trials.values("request_id")).order_by()
    sums = said.aggregate(
        count=Count("pk"), total=Sum("score", default=0), squares=Sum(score * score, default=0.0)
    )
    if not sums["count"]:
        return NONE
    mean = mean_of_sums(sums["count"], sums["total"] / MILLI, sums["squares"] / MILLI**2, least=0.0, most=1.0)
    low, high = (min(max(end, 0.0), 1.0) for end in mean.interval)
    return f"{mean.value:.2f} ({low:.2f} to {high:.2f}), {sums['count']:,} said so"
