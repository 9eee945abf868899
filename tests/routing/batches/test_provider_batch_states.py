"""What a batch at a provider goes through: each line by one way at a time, each step by one at a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from registry.models import Team
from routing.batches import batches, provider_batches
from routing.models import Batch, ProviderBatch, ProviderBatchState, ProviderLine
from tests.routing.batches.made import prepared


@pytest.fixture
def batch(db: None) -> Batch:
    return prepared(str(Team.objects.create(name="crew").pk))


def gathered(batch: Batch, count: int = 1) -> ProviderBatch:
    """With the first lines of the batch in it."""
    group = provider_batches.open_for(batch, deployment="bulk-eu", queue="eu")
    for work in batches.work(batch, after=0, limit=count):
        provider_batches.add(group, item=work.item, request_id=uuid4(), call=b"a call")
    return group


def numbers(batch: Batch) -> list[tuple[int, bool]]:
    return [(work.number, work.was_sent) for work in batches.work(batch, after=0, limit=9)]


def test_a_line_that_is_sent_is_no_work_until_it_is_to_be_asked_again(batch: Batch) -> None:
    group = gathered(batch, 2)
    assert numbers(batch) == [(3, False)]
    provider_batches.ask_again(provider_batches.waiting(group)[0])
    assert numbers(batch) == [(1, True), (3, False)]


def test_what_was_never_claimed_is_work_as_if_it_had_not_been_gathered(batch: Batch) -> None:
    group = gathered(batch)
    provider_batches.drop([line.request_id for line in provider_batches.waiting(group)])
    assert numbers(batch)[0] == (1, False)


def test_a_line_is_answered_once_and_nothing_is_kept_of_it(batch: Batch) -> None:
    group = gathered(batch)
    (line,) = provider_batches.waiting(group)
    for status in (200, 502):
        provider_batches.answer(group, line, status=status, said=b'{"custom_id": "n0"}')
    batch.refresh_from_db()
    assert (batch.completed, batch.failed) == (1, 0)
    assert bytes(ProviderLine.objects.get().sealed) == b""


def test_only_what_is_ready_and_due_is_carried_and_by_one_alone(batch: Batch) -> None:
    group = gathered(batch)
    assert provider_batches.due() == []
    provider_batches.make_ready(batch)
    assert provider_batches.due(batch.pk) == [(group.pk, "eu")]
    held = provider_batches.lease(group.pk)
    assert held is not None
    assert provider_batches.lease(group.pk) is None
    provider_batches.release(held, again_s=60.0)
    assert provider_batches.due() == []
    provider_batches.hurry(batch)
    assert provider_batches.due() == [(group.pk, "eu")]


def test_whoever_lost_the_lease_does_not_end_that_of_another(batch: Batch) -> None:
    group = gathered(batch)
    provider_batches.make_ready(batch)
    late = provider_batches.lease(group.pk)
    assert late is not None
    ProviderBatch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    holder = provider_batches.lease(group.pk)
    provider_batches.renew(late)
    provider_batches.release(late, again_s=0.0)
    assert holder is not None
    assert ProviderBatch.objects.get().leased_until == holder.leased_until


def test_a_step_is_taken_once(batch: Batch) -> None:
    group = gathered(batch)
    provider_batches.make_ready(batch)
    first, second = provider_batches.lease(group.pk), ProviderBatch.objects.get()
    assert first is not None
    assert provider_batches.move(first, ProviderBatchState.CREATING)
    assert not provider_batches.move(second, ProviderBatchState.CREATING)
    assert provider_batches.ended(group.pk) is None
    assert provider_batches.has_open(batch)


def test_a_group_without_a_line_is_dropped(batch: Batch) -> None:
    gathered(batch, 0)
    provider_batches.make_ready(batch)
    assert not ProviderBatch.objects.exists()
