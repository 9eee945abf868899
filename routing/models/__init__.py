"""Policies and their rules, detection rules, tasks, prompts and trained routers: governed rows, which the
data plane reads only through releases."""

from routing.models.batch import Batch, BatchItem, BatchState, FileLine, Purpose, StoredFile
from routing.models.cache import CacheComparison, CacheHit, CachePurge, HitKind, PurgeScope
from routing.models.detection import DetectionRule
from routing.models.experiment import Trial
from routing.models.failover import FailoverDrill, FailoverPlan
from routing.models.fallback import FallbackAlert
from routing.models.held import HeldAnswer, HeldState
from routing.models.impact import ImpactRun, RunState
from routing.models.measured import MeasuredQuality
from routing.models.policy import CacheMode, Policy, Rule, Truncation, Unsupported
from routing.models.prompt import PromptMessage, PromptTemplate, PromptVariable, VariableKind
from routing.models.provider_batch import ProviderBatch, ProviderBatchState, ProviderLine, ProviderLineState
from routing.models.task import OutputField, Task, UnknownKeys
from routing.models.trained import TrainedRouter

__all__ = [
    "Batch",
    "BatchItem",
    "BatchState",
    "CacheComparison",
    "CacheHit",
    "CacheMode",
    "CachePurge",
    "DetectionRule",
    "FailoverDrill",
    "FailoverPlan",
    "FallbackAlert",
    "FileLine",
    "HeldAnswer",
    "HeldState",
    "HitKind",
    "ImpactRun",
    "MeasuredQuality",
    "OutputField",
    "Policy",
    "PromptMessage",
    "PromptTemplate",
    "PromptVariable",
    "ProviderBatch",
    "ProviderBatchState",
    "ProviderLine",
    "ProviderLineState",
    "PurgeScope",
    "Purpose",
    "Rule",
    "RunState",
    "StoredFile",
    "Task",
    "TrainedRouter",
    "Trial",
    "Truncation",
    "UnknownKeys",
    "Unsupported",
    "VariableKind",
]
