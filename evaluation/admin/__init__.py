"""Evaluation sets and their items in the admin."""

from evaluation.admin.runs import ModelRunAdmin
from evaluation.admin.sets import EvaluationItemAdmin, EvaluationSetAdmin

__all__ = ["EvaluationItemAdmin", "EvaluationSetAdmin", "ModelRunAdmin"]
