"""Policies, detection rules, tasks, prompts and trained routers in the admin, and the simulator, and
answers that wait for a person."""

from routing.admin.batches import BatchAdmin, StoredFileAdmin
from routing.admin.caches import CacheComparisonAdmin, CacheHitAdmin, CachePurgeAdmin
from routing.admin.detection import DetectionRuleAdmin
from routing.admin.held import HeldAnswerAdmin
from routing.admin.measured import MeasuredQualityAdmin
from routing.admin.policies import PolicyAdmin
from routing.admin.prompts import PromptTemplateAdmin
from routing.admin.tasks import TaskAdmin
from routing.admin.trained import TrainedRouterAdmin

__all__ = [
    "BatchAdmin",
    "CacheComparisonAdmin",
    "CacheHitAdmin",
    "CachePurgeAdmin",
    "DetectionRuleAdmin",
    "HeldAnswerAdmin",
    "MeasuredQualityAdmin",
    "PolicyAdmin",
    "PromptTemplateAdmin",
    "StoredFileAdmin",
    "TaskAdmin",
    "TrainedRouterAdmin",
]
