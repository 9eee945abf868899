"""Decisions of the compliance matrix."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from registry.errors import ReasonMissing
from registry.models import DataClass, Decision, Deployment, MatrixCell, User


@transaction.atomic
def decide(
    *,
    actor: User | None,
    deployment: Deployment,
    data_class: DataClass,
    decision: str,
    evidence: str,
    conditions: list[str] | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> MatrixCell:
    """Set what holds for one deployment and class; it acts with the next release."""
    if not evidence.strip():
        raise ReasonMissing("Say on what evidence this was decided.")
    cell = MatrixCell.objects.filter(deployment=deployment, data_class=data_class).first()
    cell = cell or MatrixCell(deployment=deployment, data_class=data_class)
    cell.decision = decision
    cell.evidence = evidence.strip()
    cell.conditions = (conditions or []) if decision == Decision.CONDITIONAL else []
    cell.valid_from, cell.valid_to = valid_from, valid_to
    cell.full_clean()
    cell._history_user = actor
    cell.save()
    return cell


@transaction.atomic
def decide_many(
    *,
    actor: User | None,
    pairs: Sequence[tuple[Deployment, DataClass]],
    decision: str,
    evidence: str,
    conditions: list[str] | None = None,
    valid_to: datetime | None = None,
) -> list[MatrixCell]:
    """The same decision for each pair. Raises what `decide` raises, and then none is kept."""
    return [
        decide(
            actor=actor,
            deployment=deployment,
            data_class=data_class,
            decision=decision,
            evidence=evidence,
            conditions=conditions,
            valid_to=valid_to,
        )
        for deployment, data_class in pairs
    ]


@transaction.atomic
def copy_row(
    *, actor: User | None, source: Deployment, targets: Sequence[Deployment], replace: bool = False
) -> int:
    """Decide for each of `targets` what was decided for `source`; how many cells that wrote.

    Only gaps are filled unless `replace`. The evidence says where the decision comes from. What `source`
    leaves open stays as it is.
    """
    decided = list(source.cells.select_related("data_class"))
    taken = set(
        MatrixCell.objects.filter(deployment__in=targets).values_list("deployment_id", "data_class_id")
    )
    copied = 0
    for target in targets:
        for cell in decided:
            if target == source or (not replace and (target.pk, cell.data_class_id) in taken):
                continue
            decide(
                actor=actor,
                deployment=target,
                data_class=cell.data_class,
                decision=cell.decision,
                evidence=f"As for {source}: {cell.evidence}",
                conditions=cell.conditions,
                valid_from=cell.valid_from,
                valid_to=cell.valid_to,
            )
            copied += 1
    return copied
