"""From a run to the quality that routes rely on: proposed, reviewed, and in the release."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.errors import NotEnoughOutcomes, RunRefused
from evaluation.models import EvaluationSet, ModelOutcome, ModelRun
from evaluation.services import measured
from registry.models import (
    ChecklistItem,
    ChecklistRule,
    DataClass,
    Model,
    ModelVersion,
    Proposal,
    User,
)
from registry.releases.compiler import compile_document
from registry.services import roles
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


def required(asked: str, tier: str = "") -> ModelVersion:
    """A version of `small` whose checklist asks for this slot."""
    ChecklistRule.objects.create(tier=tier, slots=[asked])
    facts = {"context_window_tokens": 1000, "max_output_tokens": 1000}
    small = Model.objects.create(name="small", family="small", tier="economy", **facts)
    return ModelVersion.objects.create(model=small, name="1", lifecycle="evaluating")


def test_a_run_is_the_evidence_that_a_checklist_asks_for(author: User, client: Client) -> None:
    version, run = required("evaluation"), run_of(100)
    client.force_login(author)
    page = reverse("admin:evaluation_modelrun_propose", args=[run.pk])
    assert "Quality 0.750" in client.get(page).content.decode()
    assert not ChecklistItem.objects.exists()
    client.post(page, {"reason": "Measured."})
    carry_out()
    item = version.checklist.get()
    assert (item.slot, item.sha256, item.checked_by) == ("evaluation", run.digest, "author")
    assert str(run.pk) in item.finding
    assert item.expires_on is None


@pytest.mark.parametrize(("asked", "tier"), [("bias", ""), ("evaluation", "frontier")])
def test_a_run_is_no_evidence_that_nobody_asks_for(author: User, asked: str, tier: str) -> None:
    version = required(asked, tier)
    measured.propose(run=run_of(100), author=author, reason="r")
    carry_out()
    assert not version.checklist.exists()


@pytest.mark.parametrize(("age_days", "stays"), [(-1, True), (10, False)])
def test_evidence_gives_way_to_what_was_found_later_and_counts_as_long(
    author: User, age_days: int, stays: bool
) -> None:
    version, run = required("evaluation"), run_of(100)
    checked = run.ended_at.date() - timedelta(days=age_days)
    ends = {"checked_on": checked, "expires_on": checked + timedelta(days=90)}
    version.checklist.create(slot="evaluation", finding="By hand.", checked_by="jane", **ends)
    measured.propose(run=run, author=author, reason="r")
    carry_out()
    item = version.checklist.get()
    assert (item.finding == "By hand.") is stays
    assert item.expires_on - item.checked_on == timedelta(days=90)


def test_who_may_not_propose_can_not_rely_on_a_run(client: Client) -> None:
    roles.seed()
    auditor = User.objects.create_user("auditor", is_staff=True)
    auditor.groups.add(Group.objects.get(name=roles.AUDITOR))
    client.force_login(auditor)
    page = reverse("admin:evaluation_modelrun_propose", args=[run_of(100).pk])
    assert client.get(page).status_code == client.post(page).status_code == 403


def test_the_page_says_why_a_run_measures_nothing(author: User, client: Client) -> None:
    client.force_login(author)
    page = reverse("admin:evaluation_modelrun_propose", args=[run_of(99).pk])
    for answer in (client.get(page), client.post(page)):
        assert "No version gave 100 answers" in answer.content.decode()
    assert not Proposal.objects.exists()


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
    text = "balance by value 800 measured sums\n  model small\n  model large places 2"
    policies.replace_rules(policy=policy, rules=[RuleText("all", "", text)], actor=author)
    document = compile_document().document
    assert [found.code for found in validate_measured(document, 0)] == ["measurement_unknown"]
    MeasuredQuality.objects.create(
        name="sums", qualities={"small@1": [750, 700, 800, 100]}, measured_on=datetime(2026, 1, 1, tzinfo=UTC)
    )
    found = list(validate_measured({**document, **compile_measured()}, 0))
    assert [(each.code, each.message.split()[0]) for each in found] == [("quality_unknown", "large")]
