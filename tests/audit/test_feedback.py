"""What applications say of answers: one says one thing, all of it is on record, and comments are content."""

import pytest
from django.urls import reverse

from audit.contents import decrypt
from audit.core.commitment import commit
from audit.errors import TooMuchFeedback
from audit.models import Content, Entry, Feedback, Request
from audit.selectors.dossier import dossier, sources
from audit.selectors.feedback import opinion_of
from audit.services import feedback
from audit.services.feedback import MAX_TIMES, Said

pytestmark = pytest.mark.django_db
KEPT = "The total is wrong."


def give(row: Request, score: int, *, end_user: str = "", **more) -> Feedback:
    return feedback.give(request=row, api_key="abcdefghijkl", end_user=end_user, said=Said(score, **more))


def entries() -> list[dict]:
    return [entry.data for entry in Entry.objects.filter(event_type="feedback.recorded").order_by("event_id")]


def test_a_later_word_replaces_the_earlier_and_both_are_in_the_register(request_row) -> None:
    give(request_row, 200, label="wrong-total")
    row = give(request_row, 900)
    assert (Feedback.objects.get(), row.score, row.label, row.times) == (row, 900, "", 2)
    told = [entry["feedback"] for entry in entries()]
    assert [(each["score"], each["label"], each["replaces_score"]) for each in told] == [
        (200, "wrong-total", None),
        (900, "", 200),
    ]


def test_who_says_the_same_again_changes_nothing(request_row) -> None:
    given = [give(request_row, 500, comment=KEPT).given_at for _ in range(3)]
    assert len(set(given)) == len(entries()) == 1


def test_end_users_speak_for_themselves(request_row) -> None:
    give(request_row, 0, end_user="ann")
    give(request_row, 1000, end_user="bob")
    assert sorted(Feedback.objects.values_list("score", flat=True)) == [0, 1000]


def test_nobody_fills_the_register_by_changing_their_mind(request_row) -> None:
    for score in range(MAX_TIMES):
        give(request_row, score)
    with pytest.raises(TooMuchFeedback):
        give(request_row, 999)
    assert Feedback.objects.get().times == len(entries()) == MAX_TIMES


def test_a_comment_is_kept_as_content_is_and_the_register_holds_its_commitment_alone(request_row) -> None:
    row = give(request_row, 100, comment=KEPT, keeps_content=True)
    kept = Content.objects.get(request_id=request_row.pk, slot=row.slot)
    assert decrypt(bytes(kept.ciphertext)) == KEPT.encode()
    assert entries()[0]["content"] == {row.slot: commit(b"s" * 32, row.slot, KEPT.encode())}
    assert KEPT not in Entry.objects.get(event_type="feedback.recorded").body


def test_a_later_comment_takes_the_place_of_the_earlier(request_row) -> None:
    for comment in (KEPT, "It was right.", ""):
        give(request_row, 100, comment=comment, keeps_content=True)
    assert not Content.objects.exists()
    assert Feedback.objects.get().comment == ""


@pytest.mark.parametrize("erased", [False, True])
def test_a_comment_is_not_kept_where_content_is_not(request_row, erased) -> None:
    if erased:
        Request.objects.filter(pk=request_row.pk).update(
            state="finished", outcome="succeeded", finished_at=request_row.accepted_at
        )
        Request.objects.filter(pk=request_row.pk).update(content_salt=None)
        request_row.refresh_from_db()
    row = give(request_row, 100, comment=KEPT, keeps_content=erased)
    assert not Content.objects.exists()
    assert bool(row.comment) is not erased


def test_a_model_has_the_mean_of_what_was_said_and_an_interval(request_row) -> None:
    for score, user in ((1000, "ann"), (500, "bob"), (0, "cem")):
        give(request_row, score, end_user=user)
    found = opinion_of(model=request_row.model)
    low, high = found.mean.interval
    assert (found.count, found.mean.value) == (3, 0.5)
    assert low < 0.2 < 0.8 < high
    assert str(opinion_of(model="another")).startswith("none")


def test_the_dossier_says_what_was_said(request_row) -> None:
    give(request_row, 250, label="slow", comment=KEPT)
    (step,) = [step for step in dossier(sources(request_row)) if step.key == "feedback"]
    assert step.says == "It was scored 0.25 of 1."
    assert step.table is not None
    assert [cell.text for cell in step.table.rows[0]][:3] == ["0.250", "slow", "given, and not stored"]


def test_the_list_leads_to_the_dossiers(request_row, admin_client) -> None:
    give(request_row, 250)
    page = admin_client.get(reverse("admin:audit_feedback_changelist")).content.decode()
    assert reverse("admin:audit_request_change", args=[request_row.pk]) in page
