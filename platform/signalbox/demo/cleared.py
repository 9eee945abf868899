"""The demo's keys, made as people make them: a new one may send the least sensitive data, and what it is
cleared for beyond that is asked for and approved."""

from registry.core.changes import Change, ordered
from registry.models import ApiKey, Application, DataClass, Source, User
from registry.services import applying, approving, keys, loosening, proposals
from signalbox.demo.people import Cast

REQUESTS_PER_MIN = 600


class Wanted:
    """Keys that are made now, and what is still to be asked for."""

    def __init__(self, admin: User) -> None:
        self._admin = admin
        self._asked: list[tuple[ApiKey, DataClass, DataClass]] = []

    def key(self, token: str, application: Application, clearance: DataClass, default: DataClass) -> str:
        """The token that an earlier start showed, while it still opens; otherwise a new key's."""
        prefix = token[3:15]
        if ApiKey.objects.filter(prefix=prefix, revoked_at__isnull=True, application=application).exists():
            return token
        least = DataClass.objects.order_by("rank").first()
        assert least is not None
        created = keys.create(
            actor=self._admin,
            application=application,
            name="demo",
            clearance=least,
            requests_per_min=REQUESTS_PER_MIN,
        )
        self._asked.append((created.key, clearance, default))
        return created.token

    def ask(self, cast: Cast) -> None:
        """One proposal for all of them, which the approver agrees to."""
        changes: list[Change] = []
        for key, clearance, default in self._asked:
            key.clearance, key.default_data_class = clearance, default
            held = loosening.hold_back(key)
            if held is not None:
                changes.extend(held.changes)
        if not changes:
            return
        proposal = proposals.drafted(
            author=self._admin,
            title="What the demo's keys may send",
            reason="What the demo needs.",
            changes=ordered(changes),
            source=Source.LOOSENING,
        )
        proposal = proposals.submit(proposal=proposal, actor=self._admin)
        proposal = approving.approve(proposal=proposal, actor=cast.approver, digest=proposal.digest)
        applying.apply(proposal=proposal, actor=self._admin)
