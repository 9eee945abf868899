"""Evaluation sets: requests with what is expected of their answers."""

from evaluation.models.sets import EvaluationItem, EvaluationSet

__all__ = ["EvaluationItem", "EvaluationSet"]
