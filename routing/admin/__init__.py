"""Policies, detection rules, tasks and prompts in the admin, and the simulator."""

from routing.admin.detection import DetectionRuleAdmin
from routing.admin.policies import PolicyAdmin
from routing.admin.prompts import PromptTemplateAdmin
from routing.admin.tasks import TaskAdmin

__all__ = ["DetectionRuleAdmin", "PolicyAdmin", "PromptTemplateAdmin", "TaskAdmin"]
