"""Counting arrays of numbers over frozen bins."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import count_values, numeric_bins
from loopwright.domain.profile_kernels import tallied

values = st.lists(st.just(float("nan")) | st.floats(-5, 5) | st.integers(-3, 3), max_size=60)


@given(baseline=values, live=values)
def test_kernels_count_as_the_pure_function(baseline: list[float], live: list[float]) -> None:
    """Bins frozen from some values, counted over others: below, above, atoms, missing."""
    bins = numeric_bins(np.array(baseline, dtype=np.float64))
    found = tallied(bins, np.array(live, dtype=np.float64))

    assert tuple(found.tolist()) == count_values(bins, live).counts


def test_an_infinite_number_is_outside_the_edges() -> None:
    """By hand: missing, below, the closed interval, above."""
    bins = NumericBins(edges=(0.0, 1.0))

    assert tallied(bins, np.array([np.inf, -np.inf, 1.0, np.nan])).tolist() == [1, 1, 1, 1]
    assert tallied(NumericBins(edges=(0.0,)), np.array([0.0, -1.0])).tolist() == [0, 1, 1]
