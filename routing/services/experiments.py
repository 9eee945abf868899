"""Experiments while they run: which arm did how, and stopping one that breaks a bound.

Stopping is a suspension of the arm, which one process places and every process keeps within a second; lifting
it takes a proposal, as with every suspension. What is counted begins anew with another route of the arm, and
with the lifting.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from audit.models import Request
from audit.services import entries
from registry.core.subjects import SubjectKind, arm_target
from registry.models import Release as ReleaseRow
from registry.models import Suspension
from registry.selectors import live_release
from registry.services import suspensions
from routing.core.release import Release
from routing.core.routes import Arm, Bound, Margin
from routing.core.stopping import WORDS, Look
from routing.core.trials import Held, experiments_of, taken, variant_of
from routing.models import Trial
from routing.selectors import compile_release
from routing.services.arm_figures import look_at

logger = logging.getLogger(__name__)

EVENT = "experiment.stopped"
LOOKS_BACK = timedelta(hours=1)  # for requests that are not counted yet
KEPT = timedelta(days=90)
MAX_RELEASES = 4  # of the requests of one run, the newest; what older ones say is not counted
MAX_COUNTED = 5_000  # of one run; the next goes on
FAILURES = ("failed", "abandoned", "expired")
SAYS_NOTHING = ("cancelled", "refused")  # of how an arm does


def released() -> Release | None:
    """The live release, to look its experiments up in."""
    published = live_release()
    if published is None:
        return None
    return compile_release(published.number, published.digest, published.document)


def count(release: Release, held: list[Held], now: datetime) -> int:
    """Keep which arm each finished request had, once; how many were looked at."""
    rules = Q(pk__in=())
    for each in held:
        rules |= Q(policy=each.policy, rule=each.rule)
    finished = Request.objects.filter(rules, accepted_at__gte=now - LOOKS_BACK, state=Request.State.FINISHED)
    new = finished.exclude(outcome__in=SAYS_NOTHING).filter(
        ~Exists(Trial.objects.filter(request_id=OuterRef("pk")))
    )
    columns = ("pk", "accepted_at", "outcome", "latency_ms", "cost_nano", "decision", "release_number")
    found = list(new.order_by("accepted_at").values_list(*columns)[:MAX_COUNTED])
    numbers = sorted({row[-1] for row in found} - {None}, reverse=True)[:MAX_RELEASES]
    variants = {number: _variants(release, number) for number in numbers}
    rows = [_trial(row, variants) for row in found]
    Trial.objects.bulk_create(rows, ignore_conflicts=True)
    Trial.objects.filter(at__lt=now - KEPT).delete()
    return len(rows)


def _variants(live: Release, number: int) -> dict[tuple[str, str], str]:
    """What names the route of each arm, as the release of this number had it."""
    release = live
    if number != live.number:
        row = ReleaseRow.objects.filter(number=number).first()
        if row is None:
            return {}
        release = compile_release(row.number, row.digest, json.loads(row.document))
    return {
        (each.experiment.name, arm.name): variant_of(arm)
        for each in experiments_of(release)
        for arm in each.experiment.arms
    }


def _trial(row: tuple[Any, ...], variants: Mapping[int, Mapping[tuple[str, str], str]]) -> Trial:
    """Of a request that took no arm only that it was looked at."""
    request_id, at, outcome, latency_ms, cost_nano, decision, number = row
    experiment, arm = taken(decision) or ("", "")
    variant = variants.get(number, {}).get((experiment, arm), "")
    return Trial(
        request_id=request_id,
        experiment=experiment,
        arm=arm,
        variant=variant,
        at=at,
        failed=outcome in FAILURES,
        latency_ms=latency_ms,
        cost_nano=cost_nano,
    )


def trials_of(experiment: str, arm: Arm) -> QuerySet[Trial]:
    """Of the arm as it is now, since it was last started again."""
    target = arm_target(experiment, arm.name)
    lifted = Suspension.objects.filter(kind=SubjectKind.ARM, target=target, in_force=False)
    since = lifted.aggregate(last=Max("lifted_at"))["last"]
    found = Trial.objects.filter(experiment=experiment, arm=arm.name, variant=variant_of(arm))
    return found if since is None else found.filter(at__gte=since)


def looks_at(held: Held, arm: Arm) -> list[Look]:
    """What each bound of the experiment says of the arm."""
    name, bounds = held.experiment.name, held.experiment.stops
    trials, control = trials_of(name, arm), trials_of(name, held.experiment.arms[0])
    return [look_at(bound, trials, control, bounds=len(bounds)) for bound in bounds]


@dataclass(frozen=True, slots=True)
class Stopped:
    experiment: str
    arm: str
    why: str


def watch(now: datetime) -> list[Stopped]:
    """Count what has finished, and stop the arms that break a bound."""
    release = released()
    held = list(experiments_of(release)) if release is not None else []
    if release is None or not held:
        return []
    count(release, held, now)
    return list(_stop_broken(held))


def _stop_broken(held: list[Held]) -> Iterator[Stopped]:
    for each in held:
        for arm in each.experiment.arms[1:] if each.experiment.stops else ():
            if is_stopped(each, arm):
                continue
            broken = [found for found in looks_at(each, arm) if found.is_broken]
            if broken and (stopped := _stop(each, arm, broken[0])) is not None:
                yield stopped


def is_stopped(held: Held, arm: Arm) -> bool:
    target = arm_target(held.experiment.name, arm.name)
    return Suspension.objects.filter(kind=SubjectKind.ARM, target=target, in_force=True).exists()


@transaction.atomic
def _stop(held: Held, arm: Arm, found: Look) -> Stopped | None:
    """None where somebody else was first."""
    experiment, why = held.experiment.name, in_words(found)
    target = arm_target(experiment, arm.name)
    if suspensions.suspend_by_system(kind=SubjectKind.ARM, target=target, reason=why) is None:
        return None
    told = {
        "experiment": experiment,
        "arm": arm.name,
        "policy": held.policy,
        "rule": held.rule,
        "metric": found.bound.metric,
        "limit": found.bound.limit,
        "requests": found.seen.count,
        "sum_millionths": round(found.seen.total * 1_000_000),
        "variant": variant_of(arm),
        **_told_of_control(found),
    }
    entries.record(EVENT, {"actor": entries.actor_of(None), **told})
    logger.warning("an arm was stopped", extra={"experiment": experiment, "arm": arm.name})
    return Stopped(experiment, arm.name, why)


def _told_of_control(found: Look) -> dict[str, Any]:
    """What the arm was compared with; of a percentile also where."""
    if found.control is None:
        return {}
    told = {
        "against": "control",
        "control_requests": found.control.count,
        "control_sum_millionths": round(found.control.total * 1_000_000),
    }
    return told if found.at_ms is None else {**told, "at_ms": found.at_ms}


def in_words(found: Look) -> str:
    """“Failed requests above 50 thousandths, over 240 requests.”"""
    what, asked = WORDS[found.bound.metric], "scores" if found.bound.metric == "score" else "requests"
    beside = "" if found.control is None else f" and {found.control.count:,} of the control"
    said = f"{what} {bound_in_words(found.bound)}, over {found.seen.count:,} {asked}{beside}."
    return said[:1].upper() + said[1:]


def bound_in_words(bound: Bound) -> str:
    """“above 50 thousandths”, or “above the control by 50 thousandths”."""
    way = "below" if bound.metric == "score" else "above"
    unit = {"cost": "millionths of a dollar", "p50": "ms", "p95": "ms"}.get(bound.metric, "thousandths")
    control = "the control by " if isinstance(bound, Margin) else ""
    return f"{way} {control}{bound.limit:,} {unit}"
