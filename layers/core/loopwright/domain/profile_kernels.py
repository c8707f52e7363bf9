"""Count arrays of numbers over frozen bins, and sum them up, slice by slice."""

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.bins import MISSING, ColumnCounts, NumericBins
from loopwright.domain.fixed_point import steps_of, sum_of_squares
from loopwright.domain.packing import pack_counts
from loopwright.domain.profile_details import NumberDetails

Floats = NDArray[np.float64]
Places = NDArray[np.uint16]


def places(bins: NumericBins, values: Floats) -> Places:
    """Return the bin of each value; NaN is missing. Comparing with each edge beats searching."""
    found = np.ones(values.size, dtype=np.uint16)
    above = np.empty(values.size, dtype=bool)
    for edge in bins.edges:
        np.greater_equal(values, edge, out=above)
        np.add(found, above, out=found)
    if len(bins.edges) > 1:
        found[values == bins.edges[-1]] = len(bins.edges)
    for position, atom in enumerate(bins.atoms):
        found[values == atom] = len(bins.edges) + 2 + position
    found[np.isnan(values)] = MISSING
    return found


class NumberTally:
    """What a profile knows of one column of numbers; slices of at most 2^17 rows are added."""

    def __init__(self, bins: NumericBins) -> None:
        """Begin with no rows."""
        self._bins = bins
        self._steps = steps_of(bins)
        self._counts = np.zeros(bins.size, dtype=np.int64)
        self._sums = [0] * bins.size
        self._squares = 0
        self._common = [0] * len(bins.common)
        self._ends: list[float] = []

    def add(self, values: Floats) -> None:
        """Add the values of some rows; NaN is missing."""
        found = places(self._bins, values)
        counts = np.bincount(found, minlength=self._bins.size)
        self._counts += counts
        if counts[MISSING] == values.size:
            return
        steps = self._steps.of(values)
        # Sums of whole numbers below 2^53 are exact as floats.
        sums = np.bincount(found, weights=steps, minlength=self._bins.size)
        self._sums = [total + int(more) for total, more in zip(self._sums, sums, strict=True)]
        self._squares += sum_of_squares(steps)
        for position, value in enumerate(self._bins.common):
            self._common[position] += int(np.count_nonzero(values == value))
        self._ends = [
            np.fmin.reduce([*self._ends, np.fmin.reduce(values)]),
            np.fmax.reduce([*self._ends, np.fmax.reduce(values)]),
        ]

    @property
    def counts(self) -> ColumnCounts:
        """Return how many of the values fell into each bin."""
        return ColumnCounts(counts=tuple(self._counts.tolist()))

    @property
    def details(self) -> NumberDetails:
        """Return sums, ends and the rows of common values."""
        least, greatest = self._ends or (None, None)
        return NumberDetails(
            sums=tuple(self._sums),
            squares=self._squares,
            least=None if least is None else float(least),
            greatest=None if greatest is None else float(greatest),
            common=pack_counts(self._common),
        )
