"""Numbers as whole steps of a frozen size, so that their sums are exact in any order.

The sum of floats depends on the order of adding; that of integers does not. A column's frozen bins
fix where the steps begin (the lowest edge or atom) and their size, a power of two: 2^31 steps or
more, fewer than 2^32, cover the span of the bins. Whole numbers that span less than 2^32 are exact;
others are rounded to the nearest step. Values more than 2^33 steps off count as that many.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.bins import NumericBins

BITS = 32
COARSE_BITS = 11
LIMIT = float(1 << (BITS + 1))
MOST_SHIFT = 1_000
MOST = float(np.finfo(np.float64).max)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """The frozen steps of a column: a value is `origin` + steps / 2^`bits`."""

    origin: float
    bits: int

    def of(self, values: Floats) -> Floats:
        """Return the whole steps of each value as floats; a missing value has none."""
        with np.errstate(over="ignore", invalid="ignore"):
            steps = np.ldexp(values - self.origin, self.bits)
        np.rint(steps, out=steps)
        np.clip(steps, -LIMIT, LIMIT, out=steps)
        steps[np.isnan(steps)] = 0
        return steps

    def mean(self, total: int, rows: int) -> float:
        """Return the mean of `rows` values whose steps add up to `total`."""
        half = self.origin / 2 + _numbers(total / rows, -self.bits - 1)
        return 2 * max(-MOST / 2, min(half, MOST / 2))

    def deviation(self, total: int, squares: int, rows: int) -> float:
        """Return the standard deviation, sqrt(sum of squares / n - mean^2); at least 0.

        `squares` is the sum of the squares of the steps divided by 2^11 and rounded: it resolves
        a millionth of the span of the bins.
        """
        mean = total / rows
        variance = squares * 4.0**COARSE_BITS / rows - mean * mean
        return _numbers(math.sqrt(max(0.0, variance)), -self.bits)


def steps_of(bins: NumericBins) -> Steps:
    """Return the steps that the bins of a column fix."""
    points = (*bins.edges, *bins.atoms)
    low, high = min(points), max(points)
    span = min(high - low, MOST)
    _, exponent = math.frexp(span or max(abs(low), 1.0))
    return Steps(low, min(BITS - exponent, MOST_SHIFT))


def sum_of_squares(steps: Floats) -> int:
    """Return the exact sum of the squares of coarse steps (divided by 2^11 and rounded)."""
    coarse = np.rint(steps * 2.0**-COARSE_BITS).astype(np.int64)
    return int(np.dot(coarse, coarse))


def _numbers(steps: float, bits: int) -> float:
    """Return steps * 2^bits, and the greatest float in place of what is above it."""
    with np.errstate(over="ignore"):
        return max(-MOST, min(float(np.ldexp(steps, bits)), MOST))
