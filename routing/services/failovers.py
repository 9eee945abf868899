"""Failover drills: a provider fails on purpose for requests of the drill's own, and what happened is kept.

1. Every policy that uses the provider is asked once for each class of data that it routes, as it is, and once
   more with the provider failing; both are governed requests, paid by the key that sends them.
2. The release without the provider says which rules would have nobody for which class.
3. The newest recorded decisions are derived again without it: what would have been refused, at what cost.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from audit.core.canonical import digest
from audit.models import Request
from audit.services import entries
from registry.models import User
from registry.releases.clock import to_us
from registry.selectors import live_release
from routing.core.failover import trials_of, uncovered, without
from routing.core.matrix import may_ever_allow
from routing.core.release import Release
from routing.core.rulings import rulings_of
from routing.errors import DrillImpossible
from routing.failing_over import Tried, Untried, run, run_alone
from routing.models import FailoverDrill
from routing.playground import Sent
from routing.runtime import Runtime
from routing.selectors import compile_release
from routing.services.drills import replayed

DEFAULT_DECISIONS = 1_000
MAX_TRIALS = 200
MAX_TOLD = 20  # problems in the register; the report has all
SERVED, UNSERVED, UNTOUCHED, UNTRIED = "served", "not served", "not touched", "not tried"


def hold(
    *,
    provider: str,
    keys: Sequence[str],
    actor: User | None = None,
    runtime: Runtime | None = None,
    decisions: int = DEFAULT_DECISIONS,
    limit: int = MAX_TRIALS,
) -> FailoverDrill:
    """The drill, kept and recorded. `keys` are prefixes of the keys that send its requests; `runtime` is that
    of a web process, without which one is brought up for the drill.

    Raises DrillImpossible where nothing is in force, nothing is of that provider, or nothing can be sent.
    """
    release = _release_with(provider)
    now_us = to_us(timezone.now())
    trials = list(trials_of(release, provider, now_us))
    person = actor.get_username() if actor is not None else ""
    told = (release, provider, trials[:limit], keys, person)
    ran = async_to_sync(run)(runtime, *told) if runtime else asyncio.run(run_alone(*told))
    lines = [_line(release, provider, each, now_us) for each in ran]
    left = uncovered(release, provider, now_us)
    replay = replayed(release, without(release, provider), decisions)
    report = {
        "release": release.number,
        "requests": [str(request) for each in ran if isinstance(each, Tried) for request in each.requests],
        "policies": lines,
        "left_out": max(len(trials) - limit, 0),
        "uncovered": left,
        "replay": replay,
        "problems": list(_problems(lines, left, replay)),
    }
    return _keep(provider, report, actor)


def _release_with(provider: str) -> Release:
    published = live_release()
    if published is None:
        raise DrillImpossible("Nothing is in force yet, so nothing can fail.")
    release = compile_release(published.number, published.digest, published.document)
    if all(deployment.provider != provider for deployment in release.deployments.values()):
        raise DrillImpossible(f"No deployment in force is of the provider {provider}.")
    return release


def _line(release: Release, provider: str, each: Tried | Untried, now_us: int) -> dict[str, Any]:
    """What became of one policy and class."""
    named = {"policy": each.trial.policy, "data_class": each.trial.data_class}
    if isinstance(each, Untried):
        return {**named, "outcome": UNTRIED, "why": each.why}
    rows = Request.objects.in_bulk(list(each.requests))
    usual, instead = _served(rows, each.usual, release), _served(rows, each.failed, release)
    line = {**named, "key": each.key, "usual": usual, "instead": instead}
    if not instead["deployment"]:
        return {**line, "outcome": UNSERVED if usual["deployment"] else UNTRIED, "why": instead["error"]}
    allowed = _is_allowed(release, instead["deployment"], each.trial.data_class, now_us)
    return {
        **line,
        "outcome": SERVED if usual["provider"] == provider or instead["fallback"] else UNTOUCHED,
        "added_latency_ms": instead["latency_ms"] - usual["latency_ms"] if usual["deployment"] else None,
        "added_cost_nano": instead["cost_nano"] - usual["cost_nano"] if usual["deployment"] else None,
        "class_kept": allowed,
        "region_kept": instead["region"] == usual["region"],
        "country_kept": instead["country"] == usual["country"],
    }


def _served(rows: Mapping[UUID, Request], sent: Sent, release: Release) -> dict[str, Any]:
    """Who answered, by the register; no deployment where nobody did."""
    row = rows.get(sent.request_id)
    answered = row if row is not None and row.outcome == Request.Outcome.SUCCEEDED else None
    deployment = release.deployments.get(answered.deployment) if answered is not None else None
    return {
        "request": str(sent.request_id),
        "deployment": answered.deployment if answered else "",
        "model": answered.model if answered else "",
        "version": answered.model_version if answered else "",
        "provider": answered.provider if answered else "",
        "region": deployment.region if deployment else "",
        "country": deployment.country if deployment else "",
        "latency_ms": (answered.latency_ms or 0) if answered else 0,
        "cost_nano": (answered.cost_nano or 0) if answered else 0,
        "fallback": bool(answered and answered.fallback_used),
        "error": sent.error,
    }


def _is_allowed(release: Release, deployment: str, data_class: str, now_us: int) -> bool:
    ruling = rulings_of(release)[deployment].get(data_class)
    return ruling is not None and may_ever_allow(ruling, now_us)


def _problems(
    lines: Iterable[dict[str, Any]], left: Mapping[str, list[str]], replay: Mapping[str, Any]
) -> Iterable[str]:
    for line in lines:
        place = f"{line['policy']}, {line['data_class']}"
        if line["outcome"] == UNSERVED:
            yield f"{place}: nobody served instead ({line['why']})."
        elif line["outcome"] == SERVED and not line["class_kept"]:
            yield f"{place}: {line['instead']['deployment']} is not allowed for it."
    for rule, classes in left.items():
        yield f"{rule} would have nobody for {', '.join(classes)}."
    if replay["newly_refused"]:
        yield f"{replay['newly_refused']} of {replay['requests']} recorded requests would have been refused."


@transaction.atomic
def _keep(provider: str, report: dict[str, Any], actor: User | None) -> FailoverDrill:
    held = FailoverDrill.objects.create(
        provider=provider,
        held_at=timezone.now(),
        held_by=actor.get_username() if actor is not None else "",
        passed=not report["problems"],
        report=report,
    )
    outcomes = [line["outcome"] for line in report["policies"]]
    told = {
        "provider": provider,
        "passed": held.passed,
        "release": report["release"],
        "tried": {outcome: outcomes.count(outcome) for outcome in (SERVED, UNSERVED, UNTOUCHED, UNTRIED)},
        "problems": report["problems"][:MAX_TOLD],
        "sha256": digest(report),
    }
    entries.record("failover.drill", {"schema": 1, "actor": entries.actor_of(actor), "drill": told})
    return held
