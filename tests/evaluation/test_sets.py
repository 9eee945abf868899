"""Evaluation sets: imported, replaced as a whole, and replayed as requests."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from evaluation import replaying
from evaluation.models import EvaluationSet
from evaluation.services import sets
from registry.models import Application, DataClass, Team, User
from routing import sources
from routing.recordings import CHUNK

pytestmark = pytest.mark.django_db
LINES = [
    json.dumps({"prompt": "2+2?", "expected": "4", "grader": "number", "tags": ["arithmetic"]}),
    json.dumps({"prompt": "Translate “chat”.", "task": "translate", "key": "fr"}),
]


@pytest.fixture
def questions() -> EvaluationSet:
    team = Team.objects.create(name="payments")
    kept = EvaluationSet(
        name="questions",
        task="ask",
        application=Application.objects.create(team=team, name="invoices"),
        data_class=DataClass.objects.create(name="public", rank=0),
    )
    sets.save(evaluation_set=kept, actor=None, items=sets.read(LINES))
    return kept


def test_items_without_a_task_have_that_of_the_set(questions: EvaluationSet):
    assert list(questions.items.values_list("key", "task")) == [("1", "ask"), ("fr", "translate")]


def test_an_import_replaces_every_item_and_is_recorded(questions: EvaluationSet):
    before = questions.digest
    sets.save(evaluation_set=questions, actor=None, items=sets.read(LINES[:1]))
    assert questions.items.count() == questions.item_count == 1
    assert questions.digest != before
    assert questions.history.count() == 2
    bodies = Entry.objects.filter(event_type="evaluation.imported").values_list("body", flat=True)
    assert sorted(json.loads(body)["data"]["items"] for body in bodies) == [1, 2]


def test_what_is_said_of_a_set_changes_without_its_items(questions: EvaluationSet):
    questions.description = "From the help desk."
    sets.save(evaluation_set=questions, actor=None)
    assert questions.items.count() == 2


def test_a_set_is_a_source_of_replays(questions: EvaluationSet):
    source = sources.source_of("evaluation")
    assert (list(source.names()), source.count("questions")) == (["questions"], 2)
    (chunk,) = source.chunks("questions", CHUNK)
    assert [(each.facts.task, each.facts.application, each.facts.data_class) for each in chunk] == [
        ("ask", "invoices", "public"),
        ("translate", "invoices", "public"),
    ]


def test_a_replay_reads_no_more_than_its_limit(questions: EvaluationSet):
    assert sum(map(len, replaying.chunks("questions", 1))) == 1


def test_a_set_that_is_gone_is_no_source(db: None):
    with pytest.raises(sources.SourceUnknown):
        replaying.count("gone")
    with pytest.raises(sources.SourceUnknown):
        sources.source_of("gone")


@pytest.fixture
def console(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.com", "a-password-of-tests"))
    return client


def _posted(console: Client, text: str) -> str:
    data_class = DataClass.objects.create(name="internal", rank=10)
    body = {"name": "new", "requested": "auto", "data_class": str(data_class.pk)}
    file = SimpleUploadedFile("items.jsonl", text.encode())
    page = reverse("admin:evaluation_evaluationset_add")
    return console.post(page, {**body, "file": file}, follow=True).content.decode()


def test_a_file_is_imported_in_the_console(console: Client):
    assert "was added successfully" in _posted(console, "\n".join(LINES))
    imported = EvaluationSet.objects.get(name="new")
    assert imported.item_count == 2
    page = console.get(reverse("admin:evaluation_evaluationset_change", args=[imported.pk]))
    assert imported.digest in page.content.decode()
    assert f"modelrun/add/?set={imported.pk}" in page.content.decode()
    assert console.get(reverse("admin:evaluation_evaluationitem_changelist")).status_code == 200


def test_a_file_that_is_none_is_refused_with_its_line(console: Client):
    assert "Line 1: it is not JSON" in _posted(console, "nonsense")
    assert not EvaluationSet.objects.exists()
