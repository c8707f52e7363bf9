"""Counting and summing arrays of numbers over frozen bins."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import count_values, numeric_bins
from loopwright.domain.packing import pack_counts, unpack_counts
from loopwright.domain.profile_details import NumberDetails, bin_means, moments
from loopwright.domain.profile_kernels import NumberTally

values = st.lists(st.just(float("nan")) | st.floats(-5, 5) | st.integers(-3, 3), max_size=60)


def tally(bins: NumericBins, *slices: list[float]) -> NumberTally:
    """Tally some slices of values."""
    found = NumberTally(bins)
    for one in slices:
        found.add(np.array(one, dtype=np.float64))
    return found


@given(baseline=values, live=values)
def test_kernels_count_as_the_pure_function(baseline: list[float], live: list[float]) -> None:
    """Bins frozen from some values, counted over others: below, above, atoms, missing."""
    bins = numeric_bins(np.array(baseline, dtype=np.float64))

    assert tally(bins, live).counts == count_values(bins, live)


def test_an_infinite_number_is_outside_the_edges() -> None:
    """By hand: missing, below, the closed interval, above."""
    bins = NumericBins(edges=(0.0, 1.0))

    assert tally(bins, [math.inf, -math.inf, 1.0, math.nan]).counts.counts == (1, 1, 1, 1)
    assert tally(NumericBins(edges=(0.0,)), [0.0, -1.0]).counts.counts == (0, 1, 1)


@given(whole=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=40))
def test_sums_of_whole_numbers_are_exact(whole: list[int]) -> None:
    """The mean of each bin and of all is the fraction that integers give, rounded once."""
    bins = numeric_bins([float(one) for one in whole])
    found = tally(bins, [float(one) for one in whole])
    told = moments(bins, found.counts, found.details)
    means = bin_means(bins, found.counts, found.details)

    assert told is not None
    assert told.mean == pytest.approx(float(Fraction(sum(whole), len(whole))), abs=1e-6)
    assert told.deviation == pytest.approx(float(np.std(np.array(whole, float))), abs=2**33 / 2**20)
    for place, count in enumerate(found.counts.counts):
        inside = [one for one in whole if count_values(bins, [one]).counts[place]]
        assert len(inside) == count
        if inside:
            assert means[place] == pytest.approx(sum(inside) / len(inside), abs=1e-6)
        else:
            assert means[place] is None


def test_moments_are_those_of_numpy() -> None:
    """Of skewed numbers, within the resolution of a millionth of their span."""
    drawn = np.exp(np.random.default_rng(1).normal(size=5_000))
    bins = numeric_bins(drawn)
    found = tally(bins, drawn.tolist())
    told = moments(bins, found.counts, found.details)

    assert told is not None
    assert told.mean == pytest.approx(drawn.mean(), rel=1e-9)
    assert told.deviation == pytest.approx(drawn.std(), rel=1e-5)
    assert (found.details.least, found.details.greatest) == (drawn.min(), drawn.max())


def test_values_far_outside_the_bins_are_bounded() -> None:
    """Infinity counts as many steps off, and the ends say so; a column without values has none."""
    bins = NumericBins(edges=(0.0, 1.0), common=(0.5,))
    found = tally(bins, [0.5, 0.5, 1e300, math.inf, math.nan]).details
    empty = tally(bins, [math.nan])

    assert unpack_counts(found.common) == (2,)
    assert found.greatest == math.inf
    assert found.sums[3] == 2 * 2**33
    assert empty.details == NumberDetails(sums=(0, 0, 0, 0), squares=0, common=pack_counts((0,)))
    assert moments(bins, empty.counts, empty.details) is None


def test_bins_of_the_widest_span_and_of_none_have_steps() -> None:
    """Neither the largest floats nor the smallest overflow."""
    wide = NumericBins(edges=(-1.7e308, 1.7e308))
    tiny = NumericBins(edges=(0.0, 5e-324))
    point = NumericBins(edges=(7.0,))
    for bins in (wide, tiny, point):
        found = tally(bins, [bins.edges[-1]] * 3)
        told = moments(bins, found.counts, found.details)

        assert told is not None
        assert told.mean == pytest.approx(bins.edges[-1], rel=0.5, abs=1e-300)
