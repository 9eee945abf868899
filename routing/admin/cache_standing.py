"""What a policy's kept answers came to, in words: hits, what they saved, and whether near ones are given."""

from datetime import timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from billing.core.money import usd_text
from registry.selectors import live_release
from routing.caching.evidence import Standing, basis_of, standing_of
from routing.core.caching.evidence import MOST_FALSE
from routing.core.caching.settings import Mode
from routing.models import CacheHit, Policy
from routing.selectors import compile_release

DAYS = 7


def standing_in_words(policy: Policy) -> str:
    found = live_release()
    release = compile_release(found.number, found.digest, found.document) if found else None
    live = release.policies.get(policy.name) if release else None
    if release is None or live is None or live.caching is None:
        return "Nothing is given again by the release in force."
    said = [_hits(policy.name)]
    if live.caching.mode.looks_near:
        standing = standing_of(policy.name, basis_of(release, policy.name))
        said.append(_near(standing, is_given=live.caching.mode is Mode.SEMANTIC))
    return " ".join(said)


def _hits(policy: str) -> str:
    since = timezone.now() - timedelta(days=DAYS)
    rows = CacheHit.objects.filter(policy=policy, at__gte=since).order_by()
    counted = rows.aggregate(count=Count("id"), saved=Sum("saved_nano"))
    saved = usd_text(counted["saved"] or 0)
    return f"In the last {DAYS} days {counted['count']} answers were given again, which saved ${saved}."


def _near(standing: Standing, *, is_given: bool) -> str:
    said = (
        f"Of near answers {standing.compared} were compared as the policy is now, and {standing.false} said "
        f"something else: with 95 % confidence at most {100 * standing.bound:.2f} % do."
    )
    most = f"{100 * MOST_FALSE:g} %"
    if not standing.suffices:
        return f"{said} None is given before that is {most}, which takes 299 comparisons at least."
    return f"{said} That is within {most}: " + ("they are given." if is_given else "they could be given.")
