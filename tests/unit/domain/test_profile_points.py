"""Points of a distribution function: exact alone, within 1/1000 of rank when merged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from loopwright.domain.bins import without_common
from loopwright.domain.counting import edge_ranks, numeric_bins
from loopwright.domain.profile_points import bins_of_points, merge_points, points_of

SHAPES = ("normal", "lognormal", "rounded", "mixed")


def drawn(shape: str, size: int, seed: int) -> NDArray[np.float64]:
    """Draw values of a shape; a mixed one has atoms and a tail."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=size) + (0.5 if seed % 2 else 0)
    if shape == "lognormal":
        return np.exp(2 * values)
    if shape == "rounded":
        return np.round(values, 1)
    if shape == "mixed":
        values[draw.random(size) < 0.3] = 0.0
        values[draw.random(size) < 0.06] = 7.0
    return values


@given(values=st.lists(st.floats(-5, 5) | st.integers(-3, 3), max_size=80))
def test_one_batch_gives_exact_bins(values: list[float]) -> None:
    """The pure function over all values is the oracle."""
    found = bins_of_points(points_of(np.array(values, dtype=np.float64)))

    assert without_common(found) == numeric_bins(values)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_batch_gives_exact_bins_from_few_points(shape: str) -> None:
    """20,000 values, about a thousand points."""
    values = drawn(shape, 20_000, seed=3)
    points = points_of(values.copy(), kept=100)

    assert without_common(bins_of_points(points)) == numeric_bins(values)
    assert points.values.size <= 100 + 23
    assert points.rows == 20_000


def test_the_commonest_values_are_listed_with_the_atoms() -> None:
    """Ten in all: the atom and nine others; of equal ones the least, none that occurs once."""
    often = np.repeat(np.arange(30.0), [10] * 5 + [3] * 15 + [1] * 10)
    values = np.concatenate([np.full(20, -1.0), often])
    found = bins_of_points(points_of(values))

    assert found.atoms == (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    assert found.common == (5.0, 6.0, 7.0, 8.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_merged_edges_are_within_a_thousandth_of_rank(shape: str) -> None:
    """Thirty batches of unequal size, some shifted, against the sorted whole."""
    batches = [drawn(shape, 500 + 400 * seed, seed) for seed in range(30)]
    whole = np.sort(np.concatenate(batches))
    found = bins_of_points(merge_points([points_of(batch.copy()) for batch in batches]))
    exact = numeric_bins(whole)
    rest = whole[~np.isin(whole, exact.atoms)]
    ranks = np.array(edge_ranks(rest.size))

    assert found.atoms == exact.atoms
    for edge in found.edges:
        least = np.searchsorted(rest, edge, side="left") + 1
        most = np.searchsorted(rest, edge, side="right")
        off = np.maximum(np.maximum(least - ranks, ranks - most), 0)
        assert off.min() <= 0.001 * rest.size
    assert found.edges[0] == exact.edges[0]
    assert found.edges[-1] == exact.edges[-1]


@settings(max_examples=25)
@given(
    batches=st.lists(st.lists(st.integers(-40, 40), max_size=30), min_size=1, max_size=6),
    seed=st.integers(0, 9),
)
def test_the_order_of_the_batches_does_not_matter(batches: list[list[int]], seed: int) -> None:
    """Bit by bit the same points."""
    parts = [points_of(np.array(batch, dtype=np.float64), kept=7) for batch in batches]
    order = np.random.default_rng(seed).permutation(len(parts))
    one, other = merge_points(parts, kept=7), merge_points([parts[i] for i in order], kept=7)

    assert one.rows == sum(len(batch) for batch in batches)
    for name in ("values", "at", "upto"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


def test_points_of_nothing_have_no_rows() -> None:
    """A column that is missing everywhere still gets bins."""
    empty = points_of(np.array([]))

    assert merge_points([empty, empty]).rows == merge_points([]).rows == 0
    assert bins_of_points(empty) == numeric_bins([])
