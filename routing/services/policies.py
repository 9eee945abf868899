"""Writes policies. Nothing here reaches the data plane before a release is published."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from registry.models import User
from routing.core.notation import parse_conditions, parse_route
from routing.errors import DefaultPolicyNeeded
from routing.models import Policy, Rule


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as people write it (routing.core.notation)."""

    name: str
    conditions: str
    route: str


@transaction.atomic
def save(*, policy: Policy, actor: User | None) -> Policy:
    """Store `policy`. The first one there is becomes the default; the default one can't be turned off."""
    if policy.is_default and not policy.enabled:
        raise DefaultPolicyNeeded
    if not Policy.objects.filter(is_default=True).exclude(pk=policy.pk).exists() and policy.enabled:
        policy.is_default = True
    policy.full_clean()
    policy._history_user = actor
    policy.save()
    return policy


@transaction.atomic
def make_default(*, policy: Policy, actor: User | None) -> Policy:
    """From the next release on, “auto” means `policy`. A policy that was off is turned on."""
    for before in Policy.objects.select_for_update().filter(is_default=True).exclude(pk=policy.pk):
        before.is_default = False
        before._history_user = actor
        before.save(update_fields=["is_default"])
    policy.is_default = policy.enabled = True
    policy._history_user = actor
    policy.save(update_fields=["is_default", "enabled"])
    return policy


@transaction.atomic
def delete(*, policy: Policy, actor: User | None) -> None:
    """Raises DefaultPolicyNeeded for the default one."""
    if policy.is_default:
        raise DefaultPolicyNeeded
    for rule in policy.rules.all():
        rule._history_user = actor
        rule.delete()
    policy._history_user = actor
    policy.delete()


@transaction.atomic
def replace_rules(*, policy: Policy, rules: Sequence[RuleText], actor: User | None) -> list[Rule]:
    """Exactly `rules`, in their order. Rules that keep their name keep their history.

    Raises NotationProblem where a text can't be read, ValidationError where it says what can't be.
    """
    kept = {rule.name: rule for rule in policy.rules.all()}
    written = []
    for position, text in enumerate(rules):
        rule = kept.pop(text.name, None) or Rule(policy=policy, name=text.name)
        rule.position = position
        rule.conditions = parse_conditions(text.conditions)
        rule.route = parse_route(text.route)
        rule.full_clean()
        rule._history_user = actor
        rule.save()
        written.append(rule)
    for dropped in kept.values():
        dropped._history_user = actor
        dropped.delete()
    return written


@transaction.atomic
def write_rules(
    *, policy: Policy, written: Sequence[Rule], deleted: Sequence[Rule], actor: User | None
) -> None:
    """What a form changed. A rule without a position comes last."""
    for rule in deleted:
        rule._history_user = actor
        rule.delete()
    last = policy.rules.aggregate(last=Max("position"))["last"]
    for rule in written:
        if rule.position is None:
            rule.position = last = 0 if last is None else last + 1
        rule._history_user = actor
        rule.save()
