"""Probes of what is decided by: the release, prices, credentials, budgets, workers, and the checks."""

import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.utils import timezone

from billing.models import Budget
from registry.errors import CredentialError
from registry.models import Application, Credential, Release
from registry.releases.clock import to_us
from registry.releases.compiler import validate_document
from registry.releases.findings import Severity
from registry.selectors import live_release
from registry.services import credentials, releases
from routing.lane.messages import WORKERS_PREFIX
from signalbox.doctor.report import Line, broken, fine, note
from signalbox.doctor.stores import client

HEARTBEAT_MAX_AGE_S = 15.0
PRICE_NOTICE_S = 14 * 24 * 3600
MAX_FINDINGS = 10


def checks() -> Iterator[Line]:
    """System checks; those of a deployment too, unless this says that it is none."""
    deployed = not (settings.DEBUG or settings.DEMO)
    found = run_checks(include_deployment_checks=deployed)
    for message in found:
        text = f"{message.id}: {message.msg}"
        yield broken(text) if message.level >= ERROR else note(text)
    if not found:
        yield fine("every system check holds" + ("" if deployed else ", those of production left out"))


def release() -> Iterator[Line]:
    live = live_release()
    if live is None:
        yield broken("no release is published, so every request is refused: propose one in the admin")
        return
    published = Release.objects.get(pk=live.id)
    yield fine(
        f"release {live.number} is live since {published.published_at:%Y-%m-%d %H:%M} UTC, "
        f"published by {published.published_by_name}"
    )
    findings = validate_document(live.document, to_us(timezone.now()))
    for finding in findings[:MAX_FINDINGS]:
        text = f"{finding.subject}: {finding.message}"
        yield broken(text) if finding.severity == Severity.ERROR else note(text)
    if len(findings) > MAX_FINDINGS:
        yield note(f"and {len(findings) - MAX_FINDINGS} further findings")
    if releases.preview().digest != live.digest:
        yield broken("the tables differ from the live release: somebody wrote to them without a proposal")


def prices() -> Iterator[Line]:
    live = live_release()
    if live is None:
        return
    now_us = to_us(timezone.now())
    ending = sorted(
        deployment["name"]
        for deployment in live.document["deployments"]
        if deployment["enabled"] and _ends_soon(deployment["prices"], now_us)
    )
    for name in ending[:MAX_FINDINGS]:
        yield note(f"the price of {name} ends within {PRICE_NOTICE_S // 86_400} days; then it is refused")
    if not ending:
        yield fine("no price ends soon")


def _ends_soon(prices: list[dict[str, Any]], now_us: int) -> bool:
    """Whether a price is in force now and none is at the end of the notice."""
    then_us = now_us + PRICE_NOTICE_S * 1_000_000
    return _priced(prices, now_us) and not _priced(prices, then_us)


def _priced(prices: list[dict[str, Any]], at_us: int) -> bool:
    return any(
        price["valid_from_us"] <= at_us and (price["valid_to_us"] is None or at_us < price["valid_to_us"])
        for price in prices
    )


def workers() -> Iterator[Line]:
    live = live_release()
    queues = sorted({row["queue"] for row in live.document["deployments"] if row["enabled"]}) if live else []
    since = time.time() - HEARTBEAT_MAX_AGE_S
    with client() as server:
        for queue in queues:
            alive = int(server.zcount(WORKERS_PREFIX + queue, since, "+inf"))
            if alive:
                yield fine(f"{alive} on queue {queue}")
            else:
                yield broken(f"none on queue {queue}: requests that are routed there will be refused")


def secrets() -> Iterator[Line]:
    """Whether each credential can be read here, by name only. Web hosts need not read them; workers must."""
    rows = Credential.objects.filter(deployments__enabled=True).distinct()
    for row in rows:
        try:
            credentials.resolve(row.name)
        except CredentialError as error:
            yield note(f"{row.name} can't be read from here ({error})")
        else:
            yield fine(f"{row.name} can be read")
    if not rows:
        yield fine("no enabled deployment needs a credential")


def budgets() -> Iterator[Line]:
    hard = Budget.objects.filter(enabled=True, enforcement=Budget.Enforcement.HARD)
    yield fine(f"{hard.count()} hard budgets are on")
    covers_all = hard.filter(team=None, application=None, api_key="", end_user="", model="").exists()
    if covers_all:
        return
    covered = hard.filter(api_key="", end_user="", model="")
    uncovered = Application.objects.filter(is_active=True, team__is_active=True).exclude(
        pk__in=covered.exclude(application=None).values("application")
    )
    uncovered = uncovered.exclude(team__in=covered.filter(application=None).exclude(team=None).values("team"))
    names = list(uncovered.values_list("name", flat=True)[: MAX_FINDINGS + 1])
    if names:
        yield note("no hard budget bounds what these may spend: " + ", ".join(names[:MAX_FINDINGS]))
