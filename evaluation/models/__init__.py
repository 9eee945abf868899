"""Evaluation sets: requests with what is expected of their answers; and what models made of them."""

from evaluation.models.runs import ModelOutcome, ModelRun, RunState
from evaluation.models.sets import EvaluationItem, EvaluationSet

__all__ = ["EvaluationItem", "EvaluationSet", "ModelOutcome", "ModelRun", "RunState"]
