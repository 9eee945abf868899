"""What is wrong with a release's policies, found before anything is decided by them."""

from routing.core.lint.problem import Problem
from routing.core.lint.release import problems_of

__all__ = ["Problem", "problems_of"]
