"""Policies, their rules and detection rules: governed rows, read by the data plane only through releases."""

from routing.models.detection import DetectionRule
from routing.models.impact import ImpactRun, RunState
from routing.models.policy import Policy, Rule, Unsupported

__all__ = ["DetectionRule", "ImpactRun", "Policy", "Rule", "RunState", "Unsupported"]
