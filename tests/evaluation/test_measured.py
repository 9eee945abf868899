"""From a run to the quality that routes rely on: proposed, reviewed, and in the release."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from evaluation.errors import NotEnoughOutcomes, RunRefused
from evaluation.models import EvaluationSet, ModelOutcome, ModelRun
from evaluation.services import measured
from registry.models import DataClass, User
from registry.releases.compiler import compile_document
from routing.models import MeasuredQuality, Policy
from routing.releases_measured import compile_measured, validate_measured
from routing.services import policies
from routing.services.policies import RuleText
from tests.governance import carry_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return User.objects.create_superuser("author", "author@example.com", "a-password-of-tests")


def run_of(answers: int, state: str = "done") -> ModelRun:
    public = DataClass.objects.create(name="public", rank=0)
    questions = EvaluationSet.objects.create(name="sums", data_class=public)
    now = timezone.now()
    given = {"set": questions, "set_digest": "a" * 64, "digest": "b" * 64, "key_prefix": "k"}
    run = ModelRun.objects.create(state=state, created_at=now, ended_at=now, targets=["small"], **given)
    for number in range(answers):
        told = {"model": "small", "model_version": "1", "score": 1000 if number % 4 else 0}
        ModelOutcome.objects.create(run=run, target="small", item=str(number), status=200, **told)
    return run


def test_what_a_run_measured_is_proposed_with_its_interval(author: User, client: Client) -> None:
    proposal = measured.propose(run=run_of(100), author=author, reason="It was measured.")
    assert not MeasuredQuality.objects.exists()
    assert proposal.author == author
    carry_out()
    row = MeasuredQuality.objects.get()
    quality, low, high, answers = row.qualities["small@1"]
    assert (quality, answers) == (750, 100)
    assert low < 700 < 800 < high
    assert compile_measured() == {
        "measured": [{"name": "sums", "qualities": {"small@1": 750}, "sha256": "b" * 64}]
    }
    client.force_login(author)
    page = client.get(f"/admin/routing/measuredquality/{row.pk}/change/").content.decode()
    assert "small@1: 0.750" in page


def test_too_little_measures_nothing(author: User) -> None:
    with pytest.raises(NotEnoughOutcomes):
        measured.propose(run=run_of(99), author=author, reason="r")


def test_a_run_that_did_not_end_measures_nothing(author: User) -> None:
    with pytest.raises(RunRefused):
        measured.propose(run=run_of(100, "cancelled"), author=author, reason="r")


def test_a_release_without_measurements_says_nothing_of_them() -> None:
    assert compile_measured() == {}


def test_a_route_that_relies_on_what_was_not_measured_is_told_of(author: User) -> None:
    DataClass.objects.create(name="public", rank=0)
    policy = policies.save(policy=Policy(name="standard"), actor=author)
    text = "balance by value 800 measured sums\n  model small\n  model large"
    policies.replace_rules(policy=policy, rules=[RuleText("all", "", text)], actor=author)
    document = compile_document().document
    assert [found.code for found in validate_measured(document, 0)] == ["measurement_unknown"]
    MeasuredQuality.objects.create(
        name="sums", qualities={"small@1": [750, 700, 800, 100]}, measured_on=datetime(2026, 1, 1, tzinfo=UTC)
    )
    found = list(validate_measured({**document, **compile_measured()}, 0))
    assert [(each.code, each.message.split()[0]) for each in found] == [("quality_unknown", "large")]
