"""Calibrating a cascade from the command line."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import EvaluationSet
from evaluation.services import sets
from registry.models import DataClass

pytestmark = pytest.mark.django_db
COUNT = 300


def calibrated(tmp_path: Path, costs: dict[str, float]) -> str:
    """`a` and `b` agree on nine of ten, where they are right; the frontier always is."""
    lines = (json.dumps({"key": str(at), "prompt": f"Question {at}"}) for at in range(COUNT))
    kept = EvaluationSet(name="questions", data_class=DataClass.objects.create(name="public", rank=0))
    sets.save(evaluation_set=kept, actor=None, items=sets.read(lines))
    rows = [
        {"item": str(at), "model": model, "cost_usd": cost, **_said(model, at)}
        for at in range(COUNT)
        for model, cost in costs.items()
    ]
    file = tmp_path / "outcomes.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    told = StringIO()
    names = ("--economy", "a,b", "--frontier", "f")
    call_command("calibrate_cascade", "--set", "questions", "--outcomes", str(file), *names, stdout=told)
    return told.getvalue()


def _said(model: str, at: int) -> dict[str, object]:
    wrong = model == "a" and at % 10 == 0
    return {"score": float(not wrong), "answer_key": "wrong" if wrong else "right"}


def test_the_cascade_that_pays_is_named_with_its_break_even(tmp_path: Path):
    told = calibrated(tmp_path, {"a": 0.001, "b": 0.001, "f": 0.05})
    assert "Take:\n2 of a + b, else f: quality 1.0000" in told
    assert "break-even 1.1" in told


def test_a_cascade_that_can_not_pay_is_refused(tmp_path: Path):
    with pytest.raises(CommandError, match="keep the frontier model"):
        calibrated(tmp_path, {"a": 0.03, "b": 0.03, "f": 0.05})
