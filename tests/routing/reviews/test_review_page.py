"""The queue and its page: what is shown to whom, and what each button does."""

import pytest
from django.test import Client
from django.urls import reverse
from held_cast import answer, held

from audit.models import Content, Entry
from routing import proofs
from routing.models import HeldAnswer
from routing.services import reviews

pytestmark = pytest.mark.django_db
QUEUE = "/admin/routing/heldanswer/"


@pytest.fixture
def as_(people):
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(people[name])
        return client

    return signed_in


def page(row) -> str:
    return reverse("admin:routing_heldanswer_change", args=[row.pk])


def shown(client: Client, row) -> str:
    return client.post(page(row), {"do": "read"}).content.decode()


def seen(row) -> str:
    return proofs.held(row).commitment


def test_the_queue_shows_what_waits_within_reach(as_):
    mine, other = held(), held(team="sales", application="leads")
    text = as_("reviewer").get(QUEUE).content.decode()
    assert page(mine) in text
    assert page(other) not in text
    assert "leads" not in text  # nor in a filter


def test_a_get_shows_why_it_waits_and_nothing_of_what_was_said(as_):
    row = held()
    text = as_("reviewer").get(page(row)).content.decode()
    assert "100 of 700: wrong" in text
    assert "The total is 41" not in text
    assert not Entry.objects.filter(event_type="content.read").exists()


def test_request_and_answer_are_shown_on_record(as_):
    row = held(answer("<b>41</b>"))
    text = shown(as_("reviewer"), row)
    assert "user: What is the total?" in text
    assert "&lt;b&gt;41&lt;/b&gt;" in text
    assert Entry.objects.filter(event_type="content.read", request_id=row.pk).count() == 1


@pytest.mark.parametrize(
    ("posted", "state", "edited"),
    [
        ({"do": "release", "words": "The total is 41.", "reason": "right"}, "released", False),
        ({"do": "release", "words": "The total is 42.", "reason": "42"}, "released", True),
        ({"do": "refuse", "reason": "wrong"}, "refused", False),
        ({"do": "release", "words": "The total is 41.", "reason": ""}, "held", False),
    ],
)
def test_each_button_does_what_it_says(as_, posted, state, edited):
    row = held()
    as_("reviewer").post(page(row), {"seen": seen(row), **posted})
    row.refresh_from_db()
    assert (row.state, row.edited) == (state, edited)


def test_other_ends_of_lines_are_no_other_words(as_):
    row = held(answer("one\r\ntwo"))
    posted = {"do": "release", "words": "one\r\ntwo", "reason": "right", "seen": seen(row)}
    as_("reviewer").post(page(row), posted)
    assert HeldAnswer.objects.get(pk=row.pk).edited is False


@pytest.mark.parametrize(("name", "status"), [("member", 403), ("outsider", 404)])
def test_who_may_not_decide_neither_reads_nor_decides(as_, name, status):
    row, client = held(), as_(name)
    for posted in ({"do": "read"}, {"do": "release", "reason": "x", "seen": seen(row)}):
        assert client.post(page(row), posted).status_code == status
    assert HeldAnswer.objects.get(pk=row.pk).state == "held"


def test_whoever_asked_is_told_that_somebody_else_decides(as_):
    row = held(asked_by="reviewer")
    assert "somebody else decides" in as_("reviewer").get(page(row)).content.decode()
    assert as_("reviewer").post(page(row), {"do": "read"}).status_code == 403


def test_what_was_erased_is_said(as_):
    row = held()
    Content.objects.filter(request_id=row.pk, slot="held").delete()
    text = shown(as_("reviewer"), row)
    assert "was erased" in text


def test_the_dossier_says_what_became_of_it(as_, people):
    row = held()
    reviews.refuse(request_id=row.pk, reviewer=people["reviewer"], reason="It promises too much.")
    text = as_("everywhere").get(reverse("admin:audit_request_change", args=[row.pk])).content.decode()
    assert "The answer waited for a person" in text
    assert "It promises too much." in text
