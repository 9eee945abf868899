"""Policies and their rules, detection rules, tasks, prompts and trained routers: governed rows, which the
data plane reads only through releases."""

from routing.models.batch import Batch, BatchItem, BatchState, FileLine, Purpose, StoredFile
from routing.models.detection import DetectionRule
from routing.models.impact import ImpactRun, RunState
from routing.models.policy import Policy, Rule, Truncation, Unsupported
from routing.models.prompt import PromptMessage, PromptTemplate, PromptVariable, VariableKind
from routing.models.task import OutputField, Task, UnknownKeys
from routing.models.trained import TrainedRouter

__all__ = [
    "Batch",
    "BatchItem",
    "BatchState",
    "DetectionRule",
    "FileLine",
    "ImpactRun",
    "OutputField",
    "Policy",
    "PromptMessage",
    "PromptTemplate",
    "PromptVariable",
    "Purpose",
    "Rule",
    "RunState",
    "StoredFile",
    "Task",
    "TrainedRouter",
    "Truncation",
    "UnknownKeys",
    "Unsupported",
    "VariableKind",
]
