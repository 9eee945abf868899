"""What the cells of the tables come to now: for the matrix page, and whoever else shows them."""

from datetime import datetime

from registry.core.matrix_state import CellState, matrix_states
from registry.models import Deployment
from registry.releases.clock import to_us
from registry.releases.section import compile_matrix


def states_of_tables(now: datetime, only: Deployment | None = None) -> dict[str, dict[str, CellState]]:
    """By the deployment's name and the class's name, one for every pair, or of `only`; five queries, however
    many."""
    return matrix_states(compile_matrix(only), to_us(now))
