"""How traffic divides: among the tiers of models, beside the admin's bands, and among the levels of routes.

Read from the requests' rows, grouped in the database: the latest MAX_REQUESTS of a window.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from audit import scopes
from audit.models import Request
from registry.models import Model, Release
from registry.selectors import live_release
from routing.core.bands import TIERS, TierBand, bands_from
from routing.core.document import DocumentUnreadable, route_from
from routing.core.levels import Levels, levels_of
from routing.health.figures import percent
from routing.health.readings import Window

WINDOWS = (
    Window("1h", "1 hour", timedelta(hours=1)),
    Window("24h", "24 hours", timedelta(hours=24)),
    Window("7d", "7 days", timedelta(days=7)),
)
MAX_REQUESTS = 50_000
MAX_GROUPS = 5_000
MAX_RELEASES = 20  # the newest that answered
LEAST_ANSWERS = 20  # of a policy, before a share says anything of its band


@dataclass(frozen=True, slots=True)
class TierShare:
    """`of` is how many answers the policy gave in all."""

    tier: str
    answers: int
    percent: float
    band: TierBand | None
    of: int

    @property
    def state(self) -> str:
        """“within”, “under” or “over” its band, or “few” where that can't be said yet; empty without one."""
        if self.band is None:
            return ""
        if self.of < LEAST_ANSWERS:
            return "few"
        if self.band.holds(self.percent):
            return "within"
        return "under" if self.percent < self.band.least_percent else "over"


@dataclass(frozen=True, slots=True)
class PolicyShares:
    policy: str
    answers: int
    tiers: tuple[TierShare, ...]


@dataclass(frozen=True, slots=True)
class LevelShare:
    name: str
    answers: int
    percent: float


@dataclass(frozen=True, slots=True)
class RouteShares:
    """One node with levels; what was not answered at its first level was escalated, or fell back."""

    policy: str
    rule: str
    path: str
    kind: str
    levels: tuple[LevelShare, ...]

    @property
    def answers(self) -> int:
        return sum(level.answers for level in self.levels)

    @property
    def escalated_percent(self) -> float:
        return percent(self.answers - self.levels[0].answers, self.answers) or 0.0


def answered(person: scopes.Person, since: datetime) -> QuerySet[Request]:
    """The latest answered requests that the person may see."""
    seen = scopes.visible(person, Request.objects.filter(accepted_at__gte=since))
    latest = seen.order_by("-accepted_at").values("pk")[:MAX_REQUESTS]
    return Request.objects.filter(pk__in=latest, outcome=Request.Outcome.SUCCEEDED).order_by()


def by_tier(rows: QuerySet[Request]) -> list[PolicyShares]:
    """Of each policy that answered or has bands, by name."""
    tiers = dict(Model.objects.values_list("name", "tier"))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    counted = rows.exclude(model="").values_list("policy", "model").annotate(answers=Count("pk"))
    for policy, model, answers in counted[:MAX_GROUPS]:
        counts[policy][tiers.get(model, "unknown")] += answers
    bands = bands_in_force()
    return [_policy_shares(name, counts[name], bands.get(name, ())) for name in sorted({*counts, *bands})]


def by_level(rows: QuerySet[Request]) -> list[RouteShares]:
    """Of each rule whose route has levels, as the releases had it that routed."""
    groups: dict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)
    places = ("release_number", "policy", "rule", "answer_path")
    counted = rows.filter(answer_path__isnull=False, release_number__isnull=False).values_list(*places)
    for release, policy, rule, path, answers in counted.annotate(answers=Count("pk"))[:MAX_GROUPS]:
        groups[release, policy, rule][path] += answers
    routes = _routes({release for release, _, _ in groups})
    totals: dict[tuple[str, str, Levels], Counter[int]] = defaultdict(Counter)
    for (release, policy, rule), answers_by_path in groups.items():
        for levels in routes.get((release, policy, rule), ()):
            for at, answers in enumerate(levels.counted(answers_by_path)):
                totals[policy, rule, levels][at] += answers
    found = (_route_shares(*key, counts) for key, counts in totals.items() if counts.total())
    return sorted(found, key=lambda shares: (shares.policy, shares.rule, shares.path, shares.kind))


def _policy_shares(policy: str, counts: Counter[str], bands: Iterable[TierBand]) -> PolicyShares:
    known, total = {band.tier: band for band in bands}, counts.total()
    shown = [tier for tier in (*TIERS, "unknown") if tier in counts or tier in known]
    return PolicyShares(
        policy,
        total,
        tuple(
            TierShare(tier, counts[tier], percent(counts[tier], total) or 0.0, known.get(tier), total)
            for tier in shown
        ),
    )


def _route_shares(policy: str, rule: str, levels: Levels, counts: Counter[int]) -> RouteShares:
    total = counts.total()
    shares = tuple(
        LevelShare(name, counts[at], percent(counts[at], total) or 0.0)
        for at, name in enumerate(levels.names)
    )
    return RouteShares(policy, rule, levels.path, levels.kind, shares)


def bands_in_force() -> dict[str, tuple[TierBand, ...]]:
    """Of the policies in force that have any."""
    published = live_release()
    policies = published.document.get("policies", []) if published is not None else []
    return {each["name"]: bands_from(each["tier_bands"]) for each in policies if each.get("tier_bands")}


def _routes(numbers: set[int]) -> dict[tuple[int, str, str], list[Levels]]:
    newest = Release.objects.filter(number__in=sorted(numbers)[-MAX_RELEASES:]).values_list(
        "number", "document"
    )
    return {
        (number, policy, rule): levels
        for number, text in newest
        for policy, rule, levels in _levels_in(json.loads(text))
    }


def _levels_in(document: dict[str, Any]) -> Iterator[tuple[str, str, list[Levels]]]:
    for policy in document.get("policies", []):
        for rule in policy["rules"]:
            if rule["route"] is None:
                continue
            try:
                yield policy["name"], rule["name"], list(levels_of(route_from(rule["route"])))
            except (DocumentUnreadable, KeyError, TypeError, ValueError):
                continue  # of a version that could say what this one can't read
