"""What a run of models came to."""

from collections import Counter

from evaluation.core.comparing import Answered, Paired, Summary, paired, summaries
from evaluation.models import ModelOutcome, ModelRun

OK = 200
MILLI = 1000


def answers_of(run: ModelRun) -> list[Answered]:
    """By the version that answered, whatever was asked for."""
    rows = ModelOutcome.objects.filter(run=run, status=OK).order_by("pk")
    return [
        Answered(
            row.item,
            f"{row.model} {row.model_version}".strip() or row.target,
            None if row.score is None else row.score / MILLI,
            row.cost_nano,
            row.latency_ms,
        )
        for row in rows
    ]


def results(run: ModelRun) -> tuple[list[Summary], list[Paired]]:
    """Each version, and each of the others against the best."""
    answers = answers_of(run)
    found = summaries(answers)
    return found, [paired(answers, found[0].who, each.who) for each in found[1:]]


def unanswered(run: ModelRun) -> Counter[str]:
    """How many were refused or failed, by code; “still to ask” of those that wait."""
    rows = ModelOutcome.objects.filter(run=run).exclude(status=OK).values_list("status", "code")
    return Counter("still to ask" if status is None else code or str(status) for status, code in rows)
