"""Routes of which one request may cost more than a budget holds: it would be refused, however empty it is.

What is compared is the largest request there can be: the context window full, as much output as the model
gives, every attempt and every fallback made. A budget reserves that much before anything is called.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from routing.core.cost import worst_case_nano
from routing.core.lint.problem import Problem
from routing.core.lint.routes import matches
from routing.core.parts import ROOT, SHADOW, every_part, parts_of
from routing.core.release import Balance, Deployment, Model, Policy, Release, Route, Rule
from routing.core.routes import Experiment, Places

NANO_PER_USD = 1_000_000_000
MAX_RULES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """A hard budget, as far as it matters here; an empty part of its scope is whichever."""

    name: str
    limit_nano: int
    team: str = ""
    application: str = ""
    model: str = ""


def budget_problems(release: Release, limits: Iterable[Limit], now_us: int) -> Iterator[Problem]:
    """One for each budget and policy, naming the dearest rules."""
    for limit in limits:
        for policy in release.policies.values():
            if not _may_ask(policy, release, limit):
                continue
            dear = _dear_rules(policy, release, limit, now_us)
            if dear:
                yield Problem("over_budget", f"budget {limit.name}", _said(policy, dear, limit), fatal=False)


def shadow_problems(release: Release, budgeted: Container[str], *, all_are: bool) -> Iterator[Problem]:
    """Shadows that no budget of their own bounds: whatever they cost, nothing leaves them out."""
    for policy in release.policies.values():
        for name in () if all_are else sorted(_casting(policy)):
            if name not in budgeted:
                yield Problem(
                    "shadows_unbudgeted",
                    f"policy {policy.name}",
                    f"The shadows of the experiment {name} have no hard budget of their own.",
                    fatal=False,
                )


def _casting(policy: Policy) -> set[str]:
    parts = (part.route for rule in policy.rules if rule.route for part in every_part(rule.route))
    return {part.name for part in parts if isinstance(part, Experiment) and part.shadows}


def worst_of(route: Route, policy: Policy, release: Release, now_us: int, model: str = "") -> int:
    """What one request costs at most by `route`, in nano-dollars; of calls to `model` alone where given. Of
    what shadows cost no request is refused."""
    if isinstance(route, Model):
        return _dearest(route, 1, release, now_us, model) * policy.max_attempts_per_call
    if isinstance(route, Places):
        return _dearest(route.model, route.most, release, now_us, model) * policy.max_attempts_per_call
    answering = (part.route for part in parts_of(route, ROOT) if part.role != SHADOW)
    parts = (worst_of(part, policy, release, now_us, model) for part in answering)
    return max(parts, default=0) if isinstance(route, Balance) else sum(parts)


def _dearest(asked: Model, places: int, release: Release, now_us: int, model: str) -> int:
    """Of one call in each of the `places` dearest of its deployments."""
    if model and asked.model != model:
        return 0
    named = (found for found in release.deployments.values() if matches(asked, found))
    return sum(sorted((_worst_call(each, now_us) for each in named), reverse=True)[:places])


def _worst_call(deployment: Deployment, now_us: int) -> int:
    price = deployment.price_at(now_us)
    if price is None:
        return 0
    return worst_case_nano(
        price, input_tokens=deployment.context_window_tokens, output_tokens=deployment.max_output_tokens
    )


def _may_ask(policy: Policy, release: Release, limit: Limit) -> bool:
    named = policy.applications
    return policy.name == release.default_policy or not (
        named and limit.application and limit.application not in named
    )


def _dear_rules(policy: Policy, release: Release, limit: Limit, now_us: int) -> list[tuple[int, str]]:
    """(cost, name) of the rules above the limit, the dearest first."""
    costs = [
        (worst_of(rule.route, policy, release, now_us, limit.model), rule.name)
        for rule in policy.rules
        if rule.route is not None and _may_match(rule, limit)
    ]
    return sorted(
        (cost for cost in costs if cost[0] > limit.limit_nano), key=lambda cost: (-cost[0], cost[1])
    )


def _may_match(rule: Rule, limit: Limit) -> bool:
    scope = {"application": limit.application, "team": limit.team}
    for condition in rule.conditions:
        who = scope.get(condition.fact)
        if who and (who in condition.values) != (condition.op == "in"):
            return False
    return True


def _said(policy: Policy, dear: list[tuple[int, str]], limit: Limit) -> str:
    names = ", ".join(name for _, name in dear[:MAX_RULES_NAMED])
    more = f" and {len(dear) - MAX_RULES_NAMED} more" if len(dear) > MAX_RULES_NAMED else ""
    return (
        f"The largest request by policy {policy.name} ({names}{more}) may cost {_usd(dear[0][0])} USD with "
        f"every retry and fallback, above its {_usd(limit.limit_nano)} USD: it would be refused."
    )


def _usd(nano: int) -> str:
    """Two places, or as many as a small amount needs."""
    usd = Decimal(nano) / NANO_PER_USD
    return f"{usd:,.2f}" if nano >= NANO_PER_USD // 10 else f"{usd:.2g}"
