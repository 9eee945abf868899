"""Decisions of the compliance matrix."""

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
