"""A released answer at the API's door: to whom it is given, in whose words, and what is said of the rest."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from django.utils import timezone
from held_cast import held

from audit.models import Request
from registry.core.subjects import subject
from routing.api import requests
from routing.api.errors import ApiError
from routing.errors import AnswerGone
from routing.models import HeldAnswer
from routing.services import reviews
from tests.routing.core.builders import release

pytestmark = pytest.mark.django_db


def consumer(**given):
    named = {"team": "payments", "application": "invoices", "clearance": "internal", **given}
    return SimpleNamespace(**named)


def runtime(*suspended):
    return SimpleNamespace(release=release(), directory=SimpleNamespace(suspended=frozenset(suspended)))


def released(people, **given):
    row = held(**given)
    seen = reviews.read(request_id=row.pk, reviewer=people["reviewer"]).commitment
    reviews.release(request_id=row.pk, reviewer=people["reviewer"], reason="Right.", seen=seen)
    return row


@pytest.mark.parametrize(
    "other", [{"application": "leads"}, {"team": "sales"}, {"team": "sales", "application": "leads"}]
)
def test_another_application_finds_nothing(other):
    row = held()
    assert requests._found(row.pk, consumer()) is not None
    assert requests._found(row.pk, consumer(**other)) is None


@pytest.mark.parametrize(
    ("clearance", "suspended", "code"),
    [
        ("internal", (), None),
        ("public", (), "data_class_denied"),
        ("unknown", (), "data_class_denied"),
        ("internal", (subject("deployment", "large-eu"),), "suspended"),
        ("internal", (subject("deployment", "other"),), None),
    ],
)
def test_what_a_key_may_not_have_or_is_suspended_is_not_given(people, clearance, suspended, code):
    row = Request.objects.get(pk=released(people).pk)
    outcome = pytest.raises(ApiError) if code else nullcontext()
    with outcome as caught:
        requests._refuse_stopped(runtime(*suspended), consumer(clearance=clearance), row)
    assert code is None or caught.value.code == code


def test_an_answer_that_was_erased_after_its_release_is_lost(people):
    row = released(people)
    Request.objects.filter(pk=row.pk).update(content_salt=None)
    found = requests._found(row.pk, consumer())
    with pytest.raises(ApiError) as caught:
        requests._with_answer(found)
    assert (caught.value.code, caught.value.message) == ("answer_lost", AnswerGone.__doc__)
    assert HeldAnswer.objects.get(pk=row.pk).given_at is None


@pytest.mark.parametrize(
    ("surface", "name", "kind"),
    [
        ("chat", "object", "chat.completion"),
        ("responses", "object", "response"),
        ("messages", "type", "message"),
        ("completions", "object", "text_completion"),
    ],
)
def test_it_is_worded_as_it_was_asked(people, surface, name, kind):
    found = requests._with_answer(requests._found(released(people, surface=surface).pk, consumer()))
    assert found.answer is not None
    assert f'"{name}":"{kind}"' in requests._reply(found.surface).whole(found.answer).decode().replace(
        ": ", ":"
    )


def test_what_is_past_its_time_is_said_to_be_whether_or_not_anybody_wrote_it_down():
    row = held(expires_at=timezone.now())
    found = requests._found(row.pk, consumer())
    assert requests._view(found, timezone.now())["status"] == "expired"
