"""What is done to evaluation sets."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from audit.services import entries
from evaluation.core.items import Item, ItemsUnreadable, read_items, set_digest
from evaluation.errors import SetUnreadable
from evaluation.models import EvaluationItem, EvaluationSet
from registry.models import User

BATCH = 500


def read(lines: Iterable[str]) -> tuple[Item, ...]:
    """Raises SetUnreadable."""
    try:
        return read_items(lines)
    except ItemsUnreadable as error:
        raise SetUnreadable(str(error)) from error


@transaction.atomic
def save(*, evaluation_set: EvaluationSet, actor: User | None, items: Sequence[Item] | None = None) -> None:
    """Keep the set, with `items` in place of those that it had, where some are given. An item that names no
    task has the set's."""
    evaluation_set._history_user = actor
    if items is not None:
        items = [item if item.task else replace(item, task=evaluation_set.task) for item in items]
        evaluation_set.digest = set_digest(items)
        evaluation_set.item_count = len(items)
        evaluation_set.imported_at = timezone.now()
    evaluation_set.full_clean()
    evaluation_set.save()
    if items is None:
        return
    evaluation_set.items.all().delete()
    rows = (_row(evaluation_set, position, item) for position, item in enumerate(items, start=1))
    EvaluationItem.objects.bulk_create(rows, batch_size=BATCH)
    entries.record(
        "evaluation.imported",
        {
            "actor": entries.actor_of(actor),
            "set": evaluation_set.name,
            "sha256": evaluation_set.digest,
            "items": evaluation_set.item_count,
        },
    )


def _row(evaluation_set: EvaluationSet, position: int, item: Item) -> EvaluationItem:
    return EvaluationItem(
        set=evaluation_set,
        position=position,
        key=item.key,
        task=item.task,
        messages=[dict(message) for message in item.messages],
        expected=item.expected,
        grader=item.grader,
        tags=list(item.tags),
        digest=item.digest,
    )
