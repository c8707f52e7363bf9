"""Count arrays of numbers over frozen bins."""

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.bins import MISSING, NumericBins

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


def tallied(bins: NumericBins, values: Floats) -> NDArray[np.int64]:
    """Return how many of the values fall into each bin."""
    return np.bincount(places(bins, values), minlength=bins.size)
