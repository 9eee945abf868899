"""Routing's section of a release: policies, and which of them is the default."""

from collections.abc import Iterator
from typing import Any

from registry.releases import Document, Finding, error, warning
from routing.core.caching.settings import Caching, Mode, caching_value
from routing.core.document import DocumentUnreadable, release_from
from routing.core.lint import problems_of
from routing.gates.findings import gate_problems
from routing.models import Policy

SECTION = "policies"
BANDS = ("fallback_band_percent", "tier_bands")


def compile_policies() -> dict[str, Any]:
    """Policies that are on, by name; a rule's place in its list is its place in the order."""
    policies = list(Policy.objects.filter(enabled=True).prefetch_related("rules").order_by("name"))
    return {
        "policies": [_policy_value(policy) for policy in policies],
        "default_policy": next((policy.name for policy in policies if policy.is_default), ""),
    }


def validate_policies(document: Document, now_us: int) -> Iterator[Finding]:
    """What would be wrong with deciding by `document`; see routing.core.lint."""
    try:
        release = release_from(0, "", document)
    except DocumentUnreadable as problem:
        yield error("unreadable", "policies", f"The release can't be read: {problem}.")
        return
    for found in (*problems_of(release, now_us), *gate_problems(release)):
        yield (error if found.fatal else warning)(found.code, found.subject, found.message)


def _policy_value(policy: Policy) -> dict[str, Any]:
    rules = sorted(policy.rules.all(), key=lambda rule: (rule.position, rule.id))
    return {
        "name": policy.name,
        "rules": [{"name": rule.name, "conditions": rule.conditions, "route": rule.route} for rule in rules],
        "deadline_s": policy.deadline_s,
        "max_attempts_per_call": policy.max_attempts_per_call,
        "unsupported": policy.unsupported,
        "applications": sorted(policy.applications),
        # Left out where it changes nothing, so that releases of before keep their digest.
        **({"truncation": policy.truncation} if policy.truncation != "refuse" else {}),
        **_cache_value(policy),
        **({"latency_budget_ms": policy.latency_budget_ms} if policy.latency_budget_ms else {}),
        **{name: value for name in BANDS if (value := getattr(policy, name)) is not None},
    }


def _cache_value(policy: Policy) -> dict[str, Any]:
    caching = Caching(
        mode=Mode(policy.cache),
        ttl_s=policy.cache_ttl_s,
        sampled=policy.cache_sampled,
        per_end_user=policy.cache_per_end_user,
        similarity_milli=policy.cache_similarity_milli,
        joins=policy.cache_joins,
    )
    value = caching_value(caching)
    return {} if value is None else {"cache": value}
