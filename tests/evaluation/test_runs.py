"""Runs of models over a set: who may begin one, what it leaves, and that nothing is asked twice."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from evaluation.errors import RunRefused
from evaluation.models import EvaluationSet, ModelRun
from evaluation.selectors import results, unanswered
from evaluation.services import runs, sets
from evaluation.services.runs import Came
from registry.models import ApiKey, Application, DataClass, Team, User
from registry.services import keys

pytestmark = pytest.mark.django_db
PAGE = "/admin/evaluation/modelrun/"
ITEMS = [f'{{"prompt": "{n}+{n}?", "expected": "{2 * n}", "grader": "number"}}' for n in range(4)]


@pytest.fixture
def cast() -> SimpleNamespace:
    public = DataClass.objects.create(name="public", rank=0)
    application = Application.objects.create(team=Team.objects.create(name="payments"), name="evaluations")
    key = keys.create(actor=None, application=application, name="runs", clearance=public).key
    questions = EvaluationSet(name="sums", task="sums", application=application, data_class=public)
    sets.save(evaluation_set=questions, actor=None, items=sets.read(ITEMS))
    boss = User.objects.create_superuser("boss", "boss@example.com", "a-password-of-tests")
    return SimpleNamespace(key=key, questions=questions, boss=boss)


def begun(cast: Any, *targets: str) -> ModelRun:
    return runs.create(
        evaluation_set=cast.questions,
        targets=targets or ("small", "large"),
        key_prefix=cast.key.prefix,
        actor=cast.boss,
    )


def answered(run: ModelRun) -> None:
    for outcome in runs.waiting(run, after=0, limit=100):
        score = 1000 if outcome.target == "large" else 0
        runs.record(outcome, Came(200, score=score, model=outcome.target, model_version="1", cost_nano=5))


def test_each_item_is_asked_of_each_target_once(cast: Any) -> None:
    run = begun(cast, "small", "large", "small")
    waiting = runs.waiting(run, after=0, limit=100)
    assert [(each.item, each.target) for each in waiting[:2]] == [("1", "small"), ("1", "large")]
    assert len(waiting) == 8
    runs.record(waiting[0], Came(200, score=1000))
    runs.record(waiting[0], Came(500))
    assert run.outcomes.get(pk=waiting[0].pk).status == 200
    assert len(runs.waiting(run, after=0, limit=100)) == 7


def test_a_run_ends_on_record_with_what_each_version_came_to(cast: Any) -> None:
    run = begun(cast)
    assert runs.close(run) is False
    answered(run)
    assert runs.close(run)
    assert not runs.close(run)
    told = [
        entry.data
        for entry in Entry.objects.filter(event_type__startswith="evaluation.").order_by("event_id")
    ]
    assert told[-2]["targets"] == ["small", "large"]
    assert [(each["model"], each["score"]) for each in told[-1]["versions"]] == [
        ("large", 4000),
        ("small", 0),
    ]
    assert told[-1]["outcomes_sha256"] == run.digest
    (best, _), (pair,) = results(run)
    assert (best.who, pair.gain.value, pair.items) == ("large 1", 1.0, 4)
    assert not unanswered(run)


def test_one_task_works_on_it_and_one_that_died_lets_go(cast: Any) -> None:
    run = begun(cast)
    assert runs.lease(run.pk) is not None
    assert runs.lease(run.pk) is None
    assert runs.left_alone() == []
    ModelRun.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert runs.left_alone() == [run.pk]
    assert runs.lease(run.pk) is not None


@pytest.mark.parametrize("why", ["replaced", "time", "cancelled"])
def test_a_run_that_makes_no_sense_any_more_ends(cast: Any, why: str) -> None:
    run = begun(cast)
    if why == "replaced":
        sets.save(evaluation_set=cast.questions, actor=None, items=sets.read(ITEMS[:2]))
    elif why == "time":
        ModelRun.objects.update(created_at=timezone.now() - runs.LASTS - timedelta(seconds=1))
    else:
        assert runs.cancel(run=run, actor=cast.boss)
    run = ModelRun.objects.get(pk=run.pk)
    runs.close(run)
    assert (ModelRun.objects.get().state, runs.waiting(run, after=0, limit=9)) == ("cancelled", [])


@pytest.mark.parametrize(
    ("targets", "key"), [([], None), ([str(n) for n in range(11)], None), (["small"], "nobodys-key")]
)
def test_what_can_not_be_run_is_refused(cast: Any, targets: list[str], key: str | None) -> None:
    with pytest.raises(RunRefused):
        runs.create(
            evaluation_set=cast.questions, targets=targets, key_prefix=key or cast.key.prefix, actor=None
        )


def test_a_name_that_no_application_can_ask_for_is_told_before_anything_is_paid(
    cast: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.admin.runs._askable", lambda: {"auto"})
    client.force_login(cast.boss)
    given = {"set": cast.questions.pk, "key_prefix": cast.key.prefix, "targets": "auto, smal"}
    assert "no model or policy named smal." in client.post(f"{PAGE}add/", given).content.decode()
    assert not ModelRun.objects.exists()
    client.post(f"{PAGE}add/", {**given, "targets": "auto"})
    assert ModelRun.objects.get().targets == ["auto"]


def test_a_run_is_begun_and_read_in_the_console(cast: Any, client: Client) -> None:
    client.force_login(cast.boss)
    given = {"set": cast.questions.pk, "key_prefix": cast.key.prefix, "targets": "small, large"}
    refused = client.post(f"{PAGE}add/", {**given, "targets": ","})
    assert "Name 1 to 10 models" in refused.content.decode()
    client.post(f"{PAGE}add/", given)
    run = ModelRun.objects.get()
    assert (run.targets, run.created_by_name) == (["small", "large"], "boss")
    answered(run)
    page = client.get(f"{PAGE}{run.pk}/change/").content.decode()
    assert "large 1" in page
    assert "large 1 gains +1.000" in page
    client.post(PAGE, {"action": "cancel_selected", "_selected_action": [run.pk]})
    assert ModelRun.objects.get().state == "cancelled"


def test_nobody_begins_a_run_who_may_not_spend_an_applications_money(cast: Any, client: Client) -> None:
    person = User.objects.create_user("outsider", is_staff=True)
    client.force_login(person)
    assert client.get(f"{PAGE}add/").status_code == 403
    assert ApiKey.objects.count() == 1
