"""Models run over a set on real processes: governed requests, graded, and paid by the key's application."""

import pytest

from tests.promises.told import manage, run
from tests.stack import Stack

pytestmark = pytest.mark.stack
SEED = """
import json
from evaluation.models import EvaluationSet
from evaluation.services import sets
from registry.models import DataClass
lines = [json.dumps({"prompt": f"[[say:echo-1={n}]][[say:plain-1=7]] What is {n}?", "expected": str(n),
                     "grader": "number"}) for n in range(3)]
kept = EvaluationSet(name="numbers", task="numbers", data_class=DataClass.objects.get(name="internal"))
sets.save(evaluation_set=kept, actor=None, items=sets.read(lines))
"""


def test_models_are_asked_graded_and_compared_through_the_gate(stack: Stack) -> None:
    run(stack, SEED)
    prefix = stack.keys["main"].split("-")[1]
    said = manage(stack, "evaluate_models", "numbers", "--models", "echo,plain,nobody", "--key", prefix)
    assert "echo 1: quality 1.000" in said
    assert "plain 1: quality 0.000" in said
    assert "without an answer: model_not_found (3)" in said
    rows = stack.rows("SELECT * FROM audit_request WHERE task = %s AND outcome = %s", "numbers", "succeeded")
    assert {(row["application"], row["data_class"], row["api_key"]) for row in rows} == {
        ("main", "internal", prefix)
    }
    assert len(rows) == 6
    (ended,) = stack.rows("SELECT body FROM audit_entry WHERE event_type = 'evaluation.finished'")
    assert '"state":"done"' in ended["body"]
    again = manage(stack, "evaluate_models", "--resume", said.split()[1])
    assert again == said
