"""From a captured change to the next release, and everything that must not pass on the way."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from proposal_cast import Cast, approved, slower, submitted, timeout_of
from registry_cast import World

from registry.core.changes import ChangeSet
from registry.errors import (
    AlreadyDecided,
    ChangedSinceReview,
    NothingProposed,
    NotPermitted,
    OwnProposal,
    ProposalConflict,
    ReasonMissing,
    WrongState,
)
from registry.models import Deployment, Pointer, Proposal, ProposalState, Release, User
from registry.selectors import release_at
from registry.services import applying, approving, proposals, rollbacks
from registry.services.rehearsal import rehearse

pytestmark = pytest.mark.usefixtures("own_section_only")


def test_a_rehearsal_keeps_nothing_and_tells_what_changed(live: World) -> None:
    before = timeout_of(live)
    (change,) = slower(live)
    assert timeout_of(live) == before
    assert (change.kind, change.before, change.after) == (
        "registry.deployment",
        {"timeout_s": before},
        {"timeout_s": 30},
    )


def test_an_approved_proposal_becomes_the_next_release(cast: Cast, live: World) -> None:
    release = applying.apply(proposal=approved(cast, live), actor=cast["author"])
    assert timeout_of(live) == 30
    assert Pointer.objects.get().release == release
    assert (release.number, release.published_by, release.approvers) == (2, cast["author"], ["approver"])
    assert not release.self_published


def test_history_names_the_author_and_the_proposal(cast: Cast, live: World) -> None:
    proposal = approved(cast, live)
    applying.apply(proposal=proposal, actor=cast["author"])
    latest = live.deployment.history.first()
    assert (latest.history_actor, latest.history_change_reason) == ("author", f"P{proposal.number}: Slower")


def test_nothing_is_applied_before_it_is_approved(cast: Cast, live: World) -> None:
    proposal = submitted(cast, live)
    with pytest.raises(WrongState):
        applying.apply(proposal=proposal, actor=cast["approver"])


@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_approves_their_own(cast: Cast, live: World, superuser: bool) -> None:
    cast["author"].is_superuser = superuser
    cast["author"].save()
    proposal = submitted(cast, live)
    with pytest.raises(OwnProposal):
        approving.approve(proposal=proposal, actor=cast["author"], digest=proposal.digest)


def test_nobody_approves_twice(cast: Cast, live: World) -> None:
    rules_of_two(cast)
    proposal = submitted(cast, live)
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    with pytest.raises(AlreadyDecided):
        approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    assert Proposal.objects.get().state == ProposalState.SUBMITTED


def rules_of_two(cast: Cast) -> None:
    from governance import set_quorums

    set_quorums(2)


def test_an_edit_voids_an_approval(cast: Cast, live: World) -> None:
    proposal = approved(cast, live)
    proposals.edit(proposal=proposal, editor=cast["author"], changes=slower(live, 20))
    with pytest.raises(WrongState):
        applying.apply(proposal=proposal, actor=cast["author"])
    again = proposals.submit(proposal=Proposal.objects.get(), actor=cast["author"])
    assert approving.ballot(again).missing == {"platform": 1}


def test_who_approved_the_very_same_changes_need_not_do_it_again(cast: Cast, live: World) -> None:
    proposal = approved(cast, live)
    proposals.edit(proposal=proposal, editor=cast["author"])
    again = proposals.submit(proposal=Proposal.objects.get(), actor=cast["author"])
    assert again.state == ProposalState.APPROVED


@pytest.mark.parametrize("words", [{"title": "Slower still"}, {"reason": "Another."}])
def test_the_words_are_approved_too(cast: Cast, live: World, words: dict[str, str]) -> None:
    proposal = approved(cast, live)
    proposals.edit(proposal=proposal, editor=cast["author"], **words)
    again = proposals.submit(proposal=Proposal.objects.get(), actor=cast["author"])
    assert approving.ballot(again).missing == {"platform": 1}


def test_an_approval_by_whoever_edited_it_since_counts_no_more(cast: Cast, live: World) -> None:
    from django.contrib.auth.models import Group

    cast["approver"].groups.add(Group.objects.get(name="policy author"))
    proposal = approved(cast, live)
    proposals.edit(proposal=proposal, editor=User.objects.get(username="approver"), title="Mine")
    again = proposals.submit(proposal=Proposal.objects.get(), actor=cast["author"])
    assert approving.ballot(again).missing == {"platform": 1}


def test_an_approval_of_what_was_read_before_is_refused(cast: Cast, live: World) -> None:
    proposal = submitted(cast, live)
    seen = proposal.digest
    proposals.edit(proposal=proposal, editor=cast["author"], changes=slower(live, 20))
    again = proposals.submit(proposal=Proposal.objects.get(), actor=cast["author"])
    with pytest.raises(ChangedSinceReview):
        approving.approve(proposal=again, actor=cast["approver"], digest=seen)


def test_a_moved_base_conflicts_and_nothing_is_written(cast: Cast, live: World) -> None:
    first, second = approved(cast, live, 30), approved(cast, live, 20)
    applying.apply(proposal=first, actor=None)
    with pytest.raises(ProposalConflict) as refused:
        applying.apply(proposal=second, actor=None)
    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.current, conflict.proposed) == ("timeout_s", 30, 20)
    assert timeout_of(live) == 30
    assert Release.objects.count() == 2


def test_a_change_elsewhere_in_the_row_is_no_conflict(cast: Cast, live: World) -> None:
    def heavier() -> None:
        deployment = Deployment.objects.get(pk=live.deployment.pk)
        deployment.weight = 7
        deployment.save()

    first = approved(cast, live, 30)
    other = proposals.draft(
        author=cast["author"], title="Weight", reason="More.", changes=rehearse(heavier).changes
    )
    other = proposals.submit(proposal=other, actor=cast["author"])
    approving.approve(proposal=other, actor=cast["approver"], digest=other.digest)
    applying.apply(proposal=first, actor=None)
    applying.apply(proposal=other, actor=None)
    assert Deployment.objects.values_list("timeout_s", "weight").get() == (30, 7)


def test_a_rejection_needs_a_reason_and_ends_it(cast: Cast, live: World) -> None:
    proposal = submitted(cast, live)
    with pytest.raises(ReasonMissing):
        approving.reject(proposal=proposal, actor=cast["approver"], digest=proposal.digest, reason=" ")
    rejected = approving.reject(
        proposal=proposal, actor=cast["approver"], digest=proposal.digest, reason="Too slow."
    )
    assert rejected.state == ProposalState.REJECTED
    with pytest.raises(WrongState):
        proposals.edit(proposal=rejected, editor=cast["author"], title="Again")


def test_who_may_not_propose_is_refused(cast: Cast, live: World) -> None:
    with pytest.raises(NotPermitted):
        proposals.draft(author=cast["outsider"], title="Mine", changes=slower(live))


def test_nothing_is_no_proposal(cast: Cast) -> None:
    with pytest.raises(NothingProposed):
        proposals.draft(author=cast["author"], title="Nothing", changes=ChangeSet())


def test_the_first_configuration_is_self_published(cast: Cast, world: World) -> None:
    proposal = submitted(cast, world)
    assert proposal.state == ProposalState.APPROVED
    assert applying.apply(proposal=proposal, actor=cast["author"]).self_published


def test_prices_are_finances_and_cells_are_privacys(cast: Cast, live: World) -> None:
    def work() -> None:
        live.price.delete()
        price = type(live.price)(
            deployment=live.deployment,
            valid_from=live.price.valid_from,
            input_usd_per_mtok=Decimal(1),
            output_usd_per_mtok=Decimal(1),
        )
        price.save()
        live.deployment.cells.all().delete()

    proposal = proposals.draft(
        author=cast["author"], title="Prices", reason="New.", changes=rehearse(work).changes
    )
    assert proposals.quorums_of(proposal.change_set) == {"finance": 1, "privacy": 1}


def test_a_rollback_is_a_proposal_and_leaves_prices(cast: Cast, live: World) -> None:
    first = Release.objects.get()
    applying.apply(proposal=approved(cast, live), actor=None)
    proposal = rollbacks.propose(actor=cast["author"], release=first, reason="It was better.")
    (change,) = proposal.change_set
    assert (change.kind, change.before, change.after) == (
        "registry.deployment",
        {"timeout_s": 30},
        {"timeout_s": 60},
    )
    proposal = proposals.submit(proposal=proposal, actor=cast["author"])
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    applying.apply(proposal=proposal, actor=None)
    assert timeout_of(live) == 60
    assert Release.objects.order_by("number").last().digest == first.digest


def test_what_was_in_force_is_known_for_every_moment(cast: Cast, live: World) -> None:
    first = Release.objects.get()
    second = applying.apply(proposal=approved(cast, live), actor=None)
    assert release_at(first.published_at - timedelta(seconds=1)) is None
    assert release_at(first.published_at) == first
    assert release_at(second.published_at) == second


def test_returning_to_a_release_of_an_earlier_version_keeps_to_the_fields_of_this_one(
    cast: Cast, live: World
) -> None:
    first = Release.objects.get()
    assert first.configuration is not None
    then = json.loads(first.configuration)
    for row in then["registry.deployment"].values():
        row["colour"], row["timeout_s"] = "blue", 45
        del row["weight"]
    earlier = Release(number=99, configuration=json.dumps(then))
    (change,) = rollbacks.changes_to(earlier)
    assert change.after == {"timeout_s": 45}


def test_who_had_no_part_in_it_does_not_apply_it(cast: Cast, live: World) -> None:
    proposal = approved(cast, live)
    for person in ("outsider", "auditor"):
        with pytest.raises(NotPermitted):
            applying.apply(proposal=proposal, actor=cast[person])
    assert applying.apply(proposal=proposal, actor=cast["approver"]).number == 2
