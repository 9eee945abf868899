"""What the database itself refuses, whoever asks and however: the ORM, raw SQL, a superuser, a shell."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from governance import set_quorums

from audit.core.ids import uuid7
from registry import triggers
from registry.core.changes import ChangeSet
from registry.models import (
    Approval,
    Delegation,
    Deployment,
    MatrixCell,
    Permit,
    Proposal,
    ProposalState,
    Provider,
    Release,
    ReviewRule,
    User,
)
from registry.services import applying, approving, proposals
from registry.services.rehearsal import rehearse

pytestmark = [
    pytest.mark.governed,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_section_only"),
]

Cast = dict[str, User]


@pytest.fixture
def live(cast: Cast) -> Deployment:
    """A first configuration in force, put there as people do."""
    from registry_cast import make_deployment, make_price

    from registry.models import DataClass
    from registry.services import matrix, prices

    def work() -> None:
        public = DataClass.objects.create(name="public", rank=0)
        deployment = make_deployment()
        prices.add(actor=None, price=make_price(deployment, valid_from=timezone.now()))
        matrix.decide(
            actor=None, deployment=deployment, data_class=public, decision="approved", evidence="ticket 1"
        )
        set_quorums(1)

    applying.directly(author=cast["author"], title="First", reason="First.", work=work)
    return Deployment.objects.get()


def changed(deployment: Deployment, timeout_s: int = 30) -> ChangeSet:
    def work() -> None:
        row = Deployment.objects.get(pk=deployment.pk)
        row.timeout_s = timeout_s
        row.save()

    return rehearse(work).changes


def submitted(cast: Cast, deployment: Deployment) -> Proposal:
    proposal = proposals.draft(
        author=cast["author"], title="Slower", reason="So.", changes=changed(deployment)
    )
    return proposals.submit(proposal=proposal, actor=cast["author"])


def sql(text: str, *parameters: object) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(text, parameters)

    return run


def refused(work: Callable[[], object], message: str = "governed:") -> None:
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        work()


def test_every_trigger_is_there(db: None) -> None:
    assert triggers.missing(connection) == []


def test_governed_rows_are_not_written_past_a_proposal(live: Deployment) -> None:
    refused(live.save)
    refused(MatrixCell.objects.get().delete)
    refused(lambda: Deployment.objects.update(enabled=False))
    refused(lambda: Provider.objects.create(name="another"))
    refused(lambda: Provider.objects.bulk_create([Provider(name="another")]))
    refused(lambda: MatrixCell.objects.all().delete())
    refused(lambda: ReviewRule.objects.update(quorum=0))
    refused(sql("UPDATE registry_deployment SET weight = 1"))
    refused(sql("DELETE FROM registry_price"))


def test_a_rehearsal_can_not_be_committed(live: Deployment) -> None:
    def work() -> None:
        Permit.objects.create(proposal=None, barrier_id=uuid7())
        Deployment.objects.update(weight=1)

    refused(work, "(?i)foreign key")
    assert Deployment.objects.get().weight != 1


def test_a_rehearsal_can_not_give_its_permit_back(live: Deployment) -> None:
    def work() -> None:
        Permit.objects.create(proposal=None, barrier_id=uuid7())
        Deployment.objects.update(weight=1)
        Permit.objects.all().delete()

    refused(work, "a rehearsal is rolled back")


def test_a_proposal_that_nobody_approved_gets_no_permit(cast: Cast, live: Deployment) -> None:
    proposal = submitted(cast, live)
    refused(lambda: Permit.objects.create(proposal=proposal, barrier_id=uuid7()), "not approved")


def test_a_state_written_by_hand_is_no_approval(cast: Cast, live: Deployment) -> None:
    proposal = submitted(cast, live)
    Proposal.objects.filter(pk=proposal.pk).update(state=ProposalState.APPROVED)
    proposal.refresh_from_db()
    with pytest.raises(IntegrityError, match="not approved"):
        applying.apply(proposal=proposal, actor=cast["author"])


def test_nobody_inserts_an_approval_of_their_own(cast: Cast, live: Deployment) -> None:
    proposal = submitted(cast, live)
    vote = {"proposal": proposal, "digest": proposal.digest, "area": "platform", "verdict": "approve"}
    for fields in (
        {"approver": cast["author"]},
        {"approver": cast["approver"], "acting_for": cast["author"]},
    ):
        refused(lambda fields=fields: Approval.objects.create(at=timezone.now(), **vote, **fields))


def test_who_acts_for_the_author_approves_nothing_of_theirs(cast: Cast, live: Deployment) -> None:
    now = timezone.now()
    Delegation.objects.create(
        principal=cast["author"],
        delegate=cast["approver"],
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        reason="On leave.",
    )
    proposal = submitted(cast, live)
    refused(
        lambda: Approval.objects.create(
            proposal=proposal,
            digest=proposal.digest,
            area="platform",
            verdict="approve",
            approver=cast["approver"],
            at=now,
        ),
        "hand in",
    )


def test_what_was_approved_is_not_changed(cast: Cast, live: Deployment) -> None:
    proposal = submitted(cast, live)
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    other = changed(live, 5)
    refused(
        lambda: Proposal.objects.filter(pk=proposal.pk).update(changes=other.text, digest=other.digest),
        "not changed",
    )
    refused(lambda: Approval.objects.update(digest=other.digest))
    refused(lambda: Approval.objects.all().delete())


def test_an_approval_is_not_used_twice(cast: Cast, live: Deployment) -> None:
    proposal = submitted(cast, live)
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    applying.apply(proposal=Proposal.objects.get(pk=proposal.pk), actor=None)
    refused(lambda: Permit.objects.create(proposal=proposal, barrier_id=uuid7()), "not approved")
    refused(lambda: Proposal.objects.filter(pk=proposal.pk).update(state="approved"), "not changed")


def test_the_author_can_not_be_deleted(cast: Cast, live: Deployment) -> None:
    from django.db.models import ProtectedError

    submitted(cast, live)
    with pytest.raises(ProtectedError):
        cast["author"].delete()


def test_a_release_is_not_rewritten(live: Deployment) -> None:
    refused(sql("UPDATE registry_release SET document = '{}'"), "register:")
    refused(sql("DELETE FROM registry_release"), "register:")
    refused(lambda: Release.objects.update(self_published=False), "register:")


def test_a_table_is_not_emptied(live: Deployment) -> None:
    if connection.vendor == "postgresql":
        refused(sql("TRUNCATE registry_matrixcell"))
    refused(sql("DELETE FROM registry_matrixcell"))


def test_a_world_is_only_written_as_a_whole(
    cast: Cast, live: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proposal that breaks a rule of the tables half-way leaves nothing behind."""
    before = Deployment.objects.get().timeout_s
    proposal = submitted(cast, live)
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    monkeypatch.setattr("registry.services.applying.releases.publish", _broken)
    with pytest.raises(RuntimeError):
        applying.apply(proposal=Proposal.objects.get(pk=proposal.pk), actor=None)
    assert Deployment.objects.get().timeout_s == before
    assert not Permit.objects.exists()
    assert Proposal.objects.get(pk=proposal.pk).state == ProposalState.APPROVED


def _broken(**_: object) -> None:
    raise RuntimeError("power cut")
