"""Policies and detection rules in the admin, and the simulator."""

from routing.admin.detection import DetectionRuleAdmin
from routing.admin.policies import PolicyAdmin

__all__ = ["DetectionRuleAdmin", "PolicyAdmin"]
