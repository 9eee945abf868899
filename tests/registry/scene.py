"""Where attacks take place: a configuration in force, past which nobody is to come alone."""

from collections.abc import Callable

from django.contrib.auth.models import Group
from django.core.management import CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone
from governance import set_quorums
from proposal_cast import Cast, submitted
from registry_cast import make_deployment, make_price

from registry.errors import RegistryError
from registry.models import DataClass, Deployment, Proposal, Release, User
from registry.services import applying, matrix, prices, roles

REFUSALS = (RegistryError, CommandError, DatabaseError)


class Scene:
    """A configuration in force, whose deployments wait 60 seconds; and people."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        applying.directly(author=cast["author"], title="First", reason="First.", work=self._first)
        self.deployment = Deployment.objects.get()

    def _first(self) -> None:
        public = DataClass.objects.create(name="public", rank=0)
        deployment = make_deployment()
        prices.add(actor=None, price=make_price(deployment, valid_from=timezone.now()))
        matrix.decide(actor=None, deployment=deployment, data_class=public, decision="approved", evidence="1")
        set_quorums(1)

    def proposed(self, timeout_s: int = 30) -> Proposal:
        return submitted(self.cast, self, timeout_s)  # type: ignore[arg-type]  # all that it needs of a world

    def person(self, name: str, role: str) -> User:
        made = User.objects.create_user(name, is_staff=True)
        made.groups.add(Group.objects.get(name=role))
        return made

    def promoted(self, name: str, role: str = roles.APPROVER) -> User:
        """Somebody of the cast with one role more, and a superuser besides."""
        person = self.cast[name]
        person.groups.add(Group.objects.get(name=role))
        User.objects.filter(pk=person.pk).update(is_superuser=True)
        return User.objects.get(pk=person.pk)

    def in_force(self) -> tuple[int, int]:
        return Deployment.objects.get().timeout_s, Release.objects.count()


def attempt(work: Callable[[], object]) -> None:
    """Refused or not: what is in force tells."""
    try:
        with transaction.atomic():
            work()
    except REFUSALS:
        return
