"""Routes as something that can be suspended: a policy, or one rule of it (policy#rule)."""

from uuid import UUID

from django.db.models import Model

from registry import suspendable
from registry.core.subjects import SubjectKind, rule_target
from routing.models import Policy, Rule


def register_routes() -> None:
    suspendable.register(suspendable.Suspendable(SubjectKind.ROUTE, _find, _by_id, _target_of))


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
