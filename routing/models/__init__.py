"""Policies and their rules: governed rows, read by the data plane only through releases."""

from routing.models.policy import Policy, Rule, Unsupported

__all__ = ["Policy", "Rule", "Unsupported"]
