"""Deciding on answers that wait: by whom, once, and never on one that is not what was committed to."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from held_cast import SALT, answer, held

from audit.contents import encrypt
from audit.core.commitment import commit
from audit.core.ids import uuid7
from audit.models import Content, Entry, Request
from audit.services.entries import record
from registry.models import Notice, User, Webhook
from routing import proofs, review_inbox
from routing.core.release import DetectionRule
from routing.errors import (
    AnswerChanged,
    AnswerGone,
    AnswerUnfit,
    NotForReview,
    NotWaiting,
    ReviewError,
)
from routing.models import HeldAnswer, HeldState
from routing.services import reviews
from tests.routing.core import builders

pytestmark = pytest.mark.django_db


def released(row, reviewer, **given):
    seen = reviews.read(request_id=row.pk, reviewer=reviewer).commitment
    return reviews.release(
        request_id=row.pk, reviewer=reviewer, reason="It is right.", **{"seen": seen, **given}
    )


def told(row, event):
    return Entry.objects.get(request_id=row.pk, event_type=event).data


def test_a_reviewer_reads_request_and_answer_on_record(people):
    row = held()
    opened = reviews.read(request_id=row.pk, reviewer=people["reviewer"])
    assert "What is the total?" in opened.request
    assert opened.words == "The total is 41."
    entry = told(row, "content.read")
    assert (entry["actor"]["name"], entry["slots"], entry["purpose"]) == (
        "reviewer",
        ["request", "held"],
        "review",
    )


def test_what_is_released_is_what_was_held(people):
    row = released(held(), people["reviewer"])
    assert (row.state, row.edited, row.decided_by_name) == ("released", False, "reviewer")
    assert proofs.released(HeldAnswer.objects.get(pk=row.pk)) == answer()
    entry = told(row, "review.released")
    assert (entry["review"]["reason"], entry["actor"]["name"]) == ("It is right.", "reviewer")


def test_a_reviewer_may_put_the_answer_right(people):
    row = released(held(answer(reasoning="41?")), people["reviewer"], words="The total is 42.")
    given = proofs.released(HeldAnswer.objects.get(pk=row.pk))
    assert b"The total is 42." in given
    assert b"41" not in given
    assert told(row, "review.released")["content"]["released"] == commit(SALT, "released", given)


def test_what_is_refused_is_never_given(people):
    row = reviews.refuse(request_id=held().pk, reviewer=people["reviewer"], reason="It is wrong.")
    assert told(row, "review.refused")["review"]["reason"] == "It is wrong."
    with pytest.raises(AnswerChanged):
        proofs.released(HeldAnswer.objects.get(pk=row.pk))


@pytest.mark.parametrize(
    ("name", "may"), [("reviewer", True), ("everywhere", True), ("outsider", False), ("member", False)]
)
def test_only_who_has_the_right_and_the_reach_decides(people, name, may):
    row = held()
    for decide in (reviews.read, lambda **given: reviews.refuse(reason="no", **given)):
        if may:
            decide(request_id=row.pk, reviewer=people[name])
        else:
            with pytest.raises(NotForReview):
                decide(request_id=row.pk, reviewer=people[name])
    assert HeldAnswer.objects.get(pk=row.pk).state == ("refused" if may else "held")


def test_nobody_reviews_what_they_asked_for(people):
    row = held(asked_by="reviewer")
    with pytest.raises(NotForReview):
        reviews.refuse(request_id=row.pk, reviewer=people["reviewer"], reason="mine")
    assert list(review_inbox.to_review(people["reviewer"])) == []


@pytest.mark.parametrize("first", ["released", "refused", "expired"])
def test_an_answer_is_decided_on_once(people, first):
    row, reviewer = held(), people["reviewer"]
    seen = reviews.read(request_id=row.pk, reviewer=reviewer).commitment
    HeldAnswer.objects.filter(pk=row.pk).update(state=first, decided_at=timezone.now())
    with pytest.raises(NotWaiting):
        reviews.release(request_id=row.pk, reviewer=reviewer, reason="right", seen=seen, words="Other.")
    with pytest.raises(NotWaiting):
        reviews.refuse(request_id=row.pk, reviewer=reviewer, reason="wrong")
    assert not Content.objects.filter(request_id=row.pk, slot="released").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldAnswer.objects.filter(pk=row.pk).update(state="held", decided_at=None)


def test_only_the_answer_that_was_seen_is_released(people):
    with pytest.raises(ReviewError, match="shown"):
        released(held(), people["reviewer"], seen="0" * 64)


def test_a_decision_has_a_reason(people):
    with pytest.raises(ReviewError, match="why"):
        reviews.refuse(request_id=held().pk, reviewer=people["reviewer"], reason="  ")


def test_an_answer_of_another_shape_is_released_as_it_is_or_not_at_all(people):
    row = held(answer(tool_calls=[{"id": "1"}]))
    assert reviews.read(request_id=row.pk, reviewer=people["reviewer"]).words is None
    with pytest.raises(AnswerUnfit):
        released(row, people["reviewer"], words="other")
    assert released(row, people["reviewer"]).state == HeldState.RELEASED


@pytest.mark.parametrize("output", ["redact", "cut"])
def test_words_that_a_rule_lets_out_of_no_answer_are_not_released(people, output, monkeypatch):
    rule = DetectionRule("email", "", "note", output)
    live = SimpleNamespace(number=1, digest="d", document={})
    monkeypatch.setattr(reviews, "live_release", lambda: live)
    monkeypatch.setattr(reviews, "compile_release", lambda *_: builders.release(detection=(rule,)))
    row = held()
    with pytest.raises(AnswerUnfit, match="e-mail address"):
        released(row, people["reviewer"], words="Write to jane@example.com.")
    row.refresh_from_db()
    assert row.state == HeldState.HELD
    assert released(row, people["reviewer"], words="Write to us.").edited


def swapped(row, slot, content):
    """As somebody with the database in hand would: the row goes, and another one comes."""
    Content.objects.filter(request_id=row.pk, slot=slot).delete()
    Content.objects.create(id=uuid7(), request_id=row.pk, slot=slot, ciphertext=encrypt(content))


def test_an_answer_that_was_changed_in_the_database_is_not_released(people):
    row = held()
    swapped(row, "held", answer("The total is 0."))
    with pytest.raises(AnswerChanged):
        reviews.read(request_id=row.pk, reviewer=people["reviewer"])


def test_an_answer_that_was_changed_after_its_release_is_not_given(people):
    row = released(held(), people["reviewer"], words="The total is 42.")
    swapped(row, "released", answer("The total is 0."))
    with pytest.raises(AnswerChanged):
        proofs.released(row)


def test_a_later_entry_does_not_stand_in_for_the_first(people):
    row, other = held(), answer("The total is 0.")
    swapped(row, "held", other)
    record("review.requested", {"content": {"held": commit(SALT, "held", other)}}, row.pk)
    with pytest.raises(AnswerChanged):
        reviews.read(request_id=row.pk, reviewer=people["reviewer"])


def test_a_row_that_says_released_without_an_entry_gives_nothing(people):
    row = held()
    HeldAnswer.objects.filter(pk=row.pk).update(state="released", decided_at=timezone.now())
    with pytest.raises(AnswerChanged):
        proofs.released(HeldAnswer.objects.get(pk=row.pk))


@pytest.mark.parametrize("what", ["content", "salt"])
def test_what_was_erased_can_only_be_refused(people, what):
    row = held()
    if what == "content":
        Content.objects.filter(request_id=row.pk).delete()
    else:
        Request.objects.filter(pk=row.pk).update(content_salt=None)
    with pytest.raises(AnswerGone):
        reviews.release(request_id=row.pk, reviewer=people["reviewer"], reason="right", seen="")
    assert reviews.refuse(request_id=row.pk, reviewer=people["reviewer"], reason="gone").state == "refused"


def test_what_nobody_decides_on_in_time_is_refused_on_record(people):
    past = timezone.now() - timedelta(seconds=1)
    row, fresh = held(expires_at=past), held()
    assert row.state_at(timezone.now()) is HeldState.EXPIRED
    with pytest.raises(NotWaiting):
        reviews.refuse(request_id=row.pk, reviewer=people["reviewer"], reason="too late")
    assert reviews.expire_due(timezone.now()) == 1
    assert told(row, "review.expired")["actor"]["kind"] == "system"
    assert HeldAnswer.objects.get(pk=fresh.pk).state == "held"


def test_reviewers_within_reach_and_webhooks_hear_of_it_once(people):
    Webhook.objects.create(name="ops", url="https://ops.example.org/in", kinds=["review.waiting"])
    row = held()
    assert review_inbox.tell_of_new(timezone.now()) == 1
    assert review_inbox.tell_of_new(timezone.now()) == 0
    heard = set(Notice.objects.values_list("user__username", "webhook__name"))
    assert heard == {("reviewer", None), ("everywhere", None), (None, "ops")}
    assert [item.url for item in review_inbox.to_review(people["reviewer"])] == [
        f"/admin/routing/heldanswer/{row.pk}/change/"
    ]
    assert list(review_inbox.to_review(people["outsider"])) == []


def test_that_the_application_has_it_is_on_record_once(people):
    row = released(held(), people["reviewer"])
    reviews.note_given(row)
    reviews.note_given(row)
    assert Entry.objects.filter(request_id=row.pk, event_type="review.given").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_comes_too_late(people):
    """Both have been shown the answer, and press their buttons at the same moment."""
    row, together = held(), threading.Barrier(2)

    def decides(name: str) -> str:
        reviewer = User.objects.get(username=name)
        together.wait(10)
        try:
            given = {"request_id": row.pk, "reviewer": reviewer, "reason": name}
            reviews.release(seen=proofs.held(row).commitment, words=f"By {name}.", **given)
        except NotWaiting:
            return "late"
        finally:
            connections.close_all()
        return name

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(decides, ("reviewer", "everywhere")))
    winner = next(name for name in came if name != "late")
    assert sorted(came) == sorted(["late", winner])
    assert f"By {winner}.".encode() in proofs.released(HeldAnswer.objects.get(pk=row.pk))
    assert Entry.objects.filter(request_id=row.pk, event_type="review.released").count() == 1
