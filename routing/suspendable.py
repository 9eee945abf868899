"""What of routing can be suspended: a policy, one rule of it (policy#rule), and an arm of an experiment
(experiment#arm). The first arm of an experiment takes over from the others, and can't be."""

from uuid import UUID

from django.db.models import Model

from registry import suspendable
from registry.core.subjects import SubjectKind, rule_target
from routing.core.parts import every_part
from routing.core.route_document import RouteUnreadable, route_from
from routing.core.routes import Experiment
from routing.models import Policy, Rule

MAX_RULES = 5_000
_ARM = "_arm_target"  # on the rule that holds the arm, which is no row of its own


def register_routes() -> None:
    suspendable.register(suspendable.Suspendable(SubjectKind.ROUTE, _find, _by_id, _target_of))
    suspendable.register(suspendable.Suspendable(SubjectKind.ARM, _find_arm, lambda pk: None, _target_of_arm))


def _find(target: str) -> Model | None:
    policy, hash_sign, rule = target.partition("#")
    if not hash_sign:
        return Policy.objects.filter(name=policy).first()
    return Rule.objects.select_related("policy").filter(policy__name=policy, name=rule).first()


def _by_id(pk: UUID) -> Model | None:
    return Policy.objects.filter(pk=pk).first() or Rule.objects.select_related("policy").filter(pk=pk).first()


def _target_of(row: Model) -> str | None:
    if isinstance(row, Policy):
        return row.name
    return rule_target(row.policy.name, row.name) if isinstance(row, Rule) else None


def _find_arm(target: str) -> Model | None:
    """The first rule that holds it."""
    experiment, _, arm = target.partition("#")
    for rule in Rule.objects.exclude(route=None).order_by("policy__name", "position")[:MAX_RULES]:
        if arm in _arms(rule, experiment):
            setattr(rule, _ARM, target)
            return rule
    return None


def _arms(rule: Rule, experiment: str) -> set[str]:
    try:
        parts = (part.route for part in every_part(route_from(rule.route or {})))
        held = [part for part in parts if isinstance(part, Experiment) and part.name == experiment]
    except (RouteUnreadable, KeyError):
        return set()
    return {arm.name for each in held for arm in each.arms[1:]}


def _target_of_arm(row: Model) -> str | None:
    return getattr(row, _ARM, None) if isinstance(row, Rule) else None
