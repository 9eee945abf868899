"""What applications said of answers, added up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, QuerySet, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from audit.core.means import Mean, mean_of_sums
from audit.models import Feedback

WINDOW = timedelta(days=90)
MAX_SHOWN = 20
MILLI = 1000


@dataclass(frozen=True, slots=True)
class Opinion:
    """Scores from 0 to 1. `mean` has no meaning where `count` is 0."""

    count: int
    mean: Mean

    def __str__(self) -> str:
        if not self.count:
            return f"none within {WINDOW.days} days"
        low, high = (min(max(end, 0.0), 1.0) for end in self.mean.interval)
        times = "answer" if self.count == 1 else "answers"
        return (
            f"{self.mean.value:.2f} of 1 over {self.count:,} {times} within {WINDOW.days} days "
            f"(95 % interval {low:.2f} to {high:.2f})"
        )


def opinion_of(**served: Any) -> Opinion:
    """Of the requests that were served so: `model=`, `model_version=`, `deployment=`, as the register names
    them."""
    since = timezone.now() - WINDOW
    named = {f"request__{name}": value for name, value in served.items()}
    rows = Feedback.objects.filter(given_at__gte=since, **named)
    whole = Cast("score", BigIntegerField())  # a square is more than a small integer holds
    sums = rows.order_by().aggregate(
        count=Count("pk"), total=Sum("score", default=0), squares=Sum(whole * whole, default=0)
    )
    mean = mean_of_sums(sums["count"], sums["total"] / MILLI, sums["squares"] / MILLI**2, least=0.0, most=1.0)
    return Opinion(sums["count"], mean)


def of_request(request_id: Any) -> QuerySet[Feedback]:
    return Feedback.objects.filter(request_id=request_id).order_by("given_at", "id")[:MAX_SHOWN]
