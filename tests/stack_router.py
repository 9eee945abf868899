"""Trains a router on a running stack as an administrator would, and puts it in force: see `in_force`.

Run in the stack's own environment (tests.promises.told.run).
"""

import json
import random
import tempfile
from pathlib import Path

from django.core.management import call_command

from evaluation.models import EvaluationSet
from evaluation.services import sets
from registry.models import DataClass, Proposal, User
from registry.services import applying
from routing.models import Policy
from routing.services import policies

ROUTER = "gain"
POLICY = "by-gain"
ROUTE = "classify by trained gain\n  branch economy\n    model cheap\n  branch frontier\n    model dear\n"
ROUTE += "  otherwise\n    model dear"
PROMPTS = {"easy": "Add these numbers: {}", "hard": "Prove the theorem about {} sets, step by step."}
COUNT = 60  # of each


def in_force() -> None:
    """A set, graded answers to it, `manage.py train_router`, its proposal applied, and a policy that asks."""
    root = User.objects.get(username="root")
    kept = EvaluationSet(name="sums", data_class=DataClass.objects.get(name="public"))
    lines = (
        json.dumps({"key": f"{kind}-{at}", "prompt": prompt.format(at), "task": "sums"})
        for at in range(COUNT)
        for kind, prompt in PROMPTS.items()
    )
    sets.save(evaluation_set=kept, actor=root, items=sets.read(lines))
    with tempfile.TemporaryDirectory() as directory:
        outcomes = Path(directory) / "answers.jsonl"
        outcomes.write_text("\n".join(graded()))
        call_command(
            *("train_router", ROUTER, "--set", "sums", "--outcomes", str(outcomes)),
            *("--weak", "cheap", "--strong", "dear", "--weak-label", "economy", "--strong-label", "frontier"),
            *("--loss", "0.15", "--price-date", "2026-01-01", "--author", "root", "--submit"),
        )
    applying.apply(proposal=Proposal.objects.latest("number"), actor=root)
    applying.directly(author=root, title="Route by gain", reason="Tests.", work=lambda: _policy(root))


def graded() -> list[str]:
    """`cheap` is right on what is easy, and hardly ever on what is hard; `dear` always is."""
    draw = random.Random(3)
    rows = []
    for at in range(COUNT):
        for kind in PROMPTS:
            right = draw.random() < (0.97 if kind == "easy" else 0.1)
            rows.append({"item": f"{kind}-{at}", "model": "cheap", "score": right, "cost_usd": 0.0001})
            rows.append({"item": f"{kind}-{at}", "model": "dear", "score": 1, "cost_usd": 0.002})
    return [json.dumps(row) for row in rows]


def _policy(root: User) -> None:
    policy = policies.save(policy=Policy(name=POLICY), actor=root)
    policies.replace_rules(policy=policy, rules=[policies.RuleText("all", "", ROUTE)], actor=root)
