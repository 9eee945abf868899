"""Ridge regression on sparse rows, by conjugate gradients.

Sums run in the order of the rows and no threaded library has a part in them, so that equal data has equal
coefficients to the last bit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Operator = Callable[[NDArray[np.float64]], NDArray[np.float64]]
MAX_STEPS = 500
TOLERANCE = 1e-10


def summed(places: Integers, values: Floats, size: int) -> Floats:
    """The sum of the values of each place."""
    return np.asarray(np.bincount(places, values, size), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A matrix of `shape`, by the coordinates of what is not zero."""

    rows: Integers
    columns: Integers
    values: Floats
    shape: tuple[int, int]

    def times(self, vector: Floats) -> Floats:
        return summed(self.rows, self.values * vector[self.columns], self.shape[0])

    def transposed_times(self, vector: Floats) -> Floats:
        return summed(self.columns, self.values * vector[self.rows], self.shape[1])


@dataclass(frozen=True, slots=True)
class Fit:
    coefficients: Floats
    intercept: float

    def predict(self, matrix: Sparse) -> Floats:
        return matrix.times(self.coefficients) + self.intercept


def fit(matrix: Sparse, targets: Floats, penalties: Floats) -> Fit:
    """The coefficients with the least squared error plus `penalties` times their squares, and an intercept
    that is not penalised."""
    count = matrix.shape[0]
    means = matrix.transposed_times(np.ones(count)) / count
    mean = float(targets.sum() / count)

    def normal(vector: Floats) -> Floats:
        centred = matrix.times(vector) - float((means * vector).sum())
        image: Floats = matrix.transposed_times(centred) - means * centred.sum() + penalties * vector
        return image

    centred = targets - mean
    right = matrix.transposed_times(centred) - means * centred.sum()
    squares = summed(matrix.columns, matrix.values**2, matrix.shape[1])
    solved = _conjugate(normal, right, squares - count * means**2 + penalties)
    return Fit(solved, mean - float((means * solved).sum()))


def _conjugate(normal: Operator, right: Floats, diagonal: Floats) -> Floats:
    """Solves normal(x) = right, with the diagonal as preconditioner."""
    solved = np.zeros_like(right)
    left = right.copy()
    step = left / diagonal
    size = float((left * step).sum())
    least = size * TOLERANCE**2
    for _ in range(MAX_STEPS):
        if size <= least:
            break
        image = normal(step)
        pace = size / float((step * image).sum())
        solved = solved + pace * step
        left = left - pace * image
        scaled = left / diagonal
        grown = float((left * scaled).sum())
        step = scaled + (grown / size) * step
        size = grown
    return solved
