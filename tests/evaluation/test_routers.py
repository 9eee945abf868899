"""Routers: trained on graded outcomes, proposed where they are worth it, and never written directly."""

import json
import random
import sys
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.core.canonical import canonical_json
from evaluation.core.curve import Target
from evaluation.errors import NoLift, NotEnoughOutcomes, TrainingMissing
from evaluation.models import EvaluationSet
from evaluation.services import outcomes as files
from evaluation.services import routers, sets
from registry.models import DataClass, Proposal, User
from routing.models import TrainedRouter

pytestmark = pytest.mark.django_db
LABELS = routers.Labels("economy", "frontier", "frontier", "small", "large")
PROMPTS = {"easy": "Add these numbers: {}", "hard": "Prove the theorem about {} sets, step by step."}
COUNT = 300

Answers = Callable[..., Path]


@pytest.fixture
def questions(db: None) -> EvaluationSet:
    lines = (
        json.dumps({"key": f"{kind}-{at}", "prompt": prompt.format(at), "task": "maths"})
        for at in range(COUNT // 2)
        for kind, prompt in PROMPTS.items()
    )
    kept = EvaluationSet(name="questions", data_class=DataClass.objects.create(name="public", rank=0))
    sets.save(evaluation_set=kept, actor=None, items=sets.read(lines))
    return kept


@pytest.fixture
def answers(tmp_path: Path, questions: EvaluationSet) -> Answers:
    """A file of outcomes: `small` is right on hard questions as often as `on_hard` says, `large` on all."""

    def write(on_hard: float = 0.2, count: int = COUNT) -> Path:
        draw = random.Random(3)
        file = tmp_path / "outcomes.jsonl"
        rows = []
        for key in list(questions.items.values_list("key", flat=True))[:count]:
            right = draw.random() < (on_hard if key.startswith("hard") else 0.95)
            rows.append({"item": key, "model": "small", "score": float(right), "cost_usd": 0.0001})
            rows.append({"item": key, "model": "large", "score": 1.0, "cost_usd": 0.01})
        file.write_text("\n".join(map(json.dumps, rows)))
        return file

    return write


def made(questions: EvaluationSet, file: Path, target: Target | None = None) -> routers.Made:
    return routers.make(
        evaluation_set=questions,
        outcomes=files.read(file, files.items_of(questions)),
        labels=LABELS,
        target=target or Target(loss=0.08),
        price_date=date(2026, 1, 1),
    )


def test_what_is_easy_goes_to_the_weak_model(questions: EvaluationSet, answers: Answers):
    found = made(questions, answers())
    assert found.report.lift is not None
    assert found.report.lift.is_measurable
    assert found.report.chosen is not None
    assert found.report.chosen.quality.value > found.report.by_lot
    router = TrainedRouter(
        name="gain",
        weak="economy",
        strong="frontier",
        default="frontier",
        threshold=found.threshold,
        artifact=found.artifact,
    ).router
    labels = {kind: router.label(router.score(PROMPTS[kind].format(77))) for kind in PROMPTS}
    assert labels == {"easy": "economy", "hard": "frontier"}


def test_equal_data_makes_equal_bytes_whatever_its_order(questions: EvaluationSet, answers: Answers):
    file = answers()
    first = canonical_json(made(questions, file).artifact)
    lines = file.read_text().splitlines()
    random.Random(1).shuffle(lines)
    file.write_text("\n".join(lines))
    assert canonical_json(made(questions, file).artifact) == first


@pytest.mark.parametrize(
    ("on_hard", "target", "says"),
    [
        (0.95, Target(loss=0.1), "No measurable lift"),
        (0.2, Target(quality=0.999), "No threshold meets the target|Only always frontier"),
        (0.2, Target(quality=0.2), "Always economy meets the target"),
        (0.2, Target(cost_nano=100_001), "Within the budget nothing is better than always economy"),
    ],
)
def test_what_is_not_worth_it_is_not_offered(
    questions: EvaluationSet, answers: Answers, on_hard: float, target: Target, says: str
):
    with pytest.raises(NoLift, match=says):
        made(questions, answers(on_hard), target)


def test_few_answers_train_nothing(questions: EvaluationSet, answers: Answers):
    with pytest.raises(NotEnoughOutcomes, match="50 items were answered by both"):
        made(questions, answers(count=50))


def test_without_the_extra_it_is_said_what_is_missing(
    questions: EvaluationSet, answers: Answers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "evaluation.training.gain", None)
    with pytest.raises(TrainingMissing, match=r"signalbox\[train\]"):
        made(questions, answers())


def run(command: str, *more: str, file: Path) -> str:
    told = StringIO()
    call_command(command, *more, "--set", "questions", "--outcomes", str(file), stdout=told)
    return told.getvalue()


PAIR = ("gain", "--weak", "small", "--strong", "large")
TRAIN = (*PAIR, "--loss", "0.08", "--price-date", "2026-01-01")


def test_the_command_proposes_and_writes_nothing(questions: EvaluationSet, answers: Answers):
    User.objects.create_superuser("author", "author@example.com", "a-password-of-tests")
    told = run("train_router", *TRAIN, "--author", "author", file=answers())
    proposal = Proposal.objects.get()
    assert not TrainedRouter.objects.exists()
    assert f"P{proposal.number}" in told
    assert "questions" in proposal.reason  # without one it could not be submitted
    (change,) = proposal.change_set
    assert change.kind == "routing.trainedrouter"
    assert "by lot" in told


def test_without_an_author_nothing_is_proposed(questions: EvaluationSet, answers: Answers):
    assert "Nothing was proposed" in run("train_router", *TRAIN, file=answers())
    assert not Proposal.objects.exists()


@pytest.fixture
def router(questions: EvaluationSet, answers: Answers) -> TrainedRouter:
    found = made(questions, answers())
    return TrainedRouter.objects.create(
        name="gain",
        weak="economy",
        strong="frontier",
        default="frontier",
        threshold=found.threshold,
        artifact=dict(found.artifact),
    )


def test_a_router_in_force_is_measured(router: TrainedRouter, answers: Answers):
    told = run("evaluate_router", *PAIR, file=answers())
    assert "trained on this very set" in told
    assert f"At the threshold {router.threshold}" in told


def test_a_router_whose_lift_is_gone_is_told(router: TrainedRouter, answers: Answers):
    with pytest.raises(CommandError, match="keep the rules"):
        run("evaluate_router", *PAIR, file=answers(0.95))


def test_the_console_shows_curve_evidence_and_weights(router: TrainedRouter, client: Client):
    client.force_login(User.objects.create_superuser("root", "root@example.com", "a-password-of-tests"))
    page = client.get(reverse("admin:routing_trainedrouter_change", args=[router.pk])).content.decode()
    assert '<svg viewBox="0 0 560 300" role="img"' in page
    assert "(in force)" in page
    assert router.router.digest in page
    assert "prove" in page
    assert "300 labels of questions" in page


def test_another_threshold_of_the_curve_is_a_draft(router: TrainedRouter, client: Client):
    client.force_login(User.objects.create_superuser("root", "root@example.com", "a-password-of-tests"))
    other = next(each for each in router.router.points if each.threshold != router.threshold)
    page = reverse("admin:routing_trainedrouter_change", args=[router.pk])
    body = {"description": "", "enabled": "on", "threshold": str(other.threshold), "default": "frontier"}
    client.post(page, body)
    (change,) = Proposal.objects.get().change_set
    assert set(change.fields) == {"threshold"}
