"""The directory's version grows in the transaction of every change to a team, application, key or budget."""

from django.db import transaction
from django.db.models import F

from registry.models import Pointer
from registry.services import wakeup


def bump() -> None:
    """Make every process load its live objects again. Call it inside the transaction of the change."""
    with transaction.atomic():
        if not Pointer.objects.filter(pk=1).update(directory_version=F("directory_version") + 1):
            Pointer.objects.create(pk=1, directory_version=1)
        transaction.on_commit(wakeup.announce)
