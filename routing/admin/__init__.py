"""Policies in the admin, and the simulator."""

from routing.admin.policies import PolicyAdmin

__all__ = ["PolicyAdmin"]
