"""What the life of versions puts into inboxes."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from django.urls import reverse
from django.utils import timezone

from registry import inbox
from registry.inbox import Item
from registry.lifecycle import retirements
from registry.models import User

PRESSING_DAYS = 7


def install() -> None:
    inbox.register("Models that retire", retiring, order=35)


def retiring(user: User) -> Iterator[Item]:
    """Versions that end within 90 days, for whoever can name their successors."""
    if not user.has_perm("registry.change_modelversion"):
        return
    now = timezone.now()
    for end in retirements.ending()[: inbox.MAX_ITEMS + 1]:
        days = retirements.within(end.on, now)
        if days is None:
            return  # the first to end come first
        yield Item(
            f"{end} {'has retired' if days == 0 else f'retires within {days} days'}",
            f"{end.version.upstream_id} is turned off by its provider on {end.on:%d %B %Y}.",
            f"{reverse('admin:registry_retirements')}#end-{end.id}",
            datetime.combine(end.on, time(), UTC),
            "error" if days <= PRESSING_DAYS else "warning",
        )
