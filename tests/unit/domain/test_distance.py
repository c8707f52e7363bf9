"""The distance of two distributions, against scipy's over all rows."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from loopwright.domain.distance import largest_distance
from loopwright.domain.profile_points import merge_points, points_of

Floats = NDArray[np.float64]
SHAPES = ("normal", "lognormal", "exponential", "uniform", "heavy", "rounded", "mixed")
NUMBERS = st.lists(st.floats(-5, 5) | st.integers(-3, 3), min_size=1, max_size=60)


def drawn(shape: str, size: int, seed: int) -> Floats:
    """Draw values of a shape; a mixed one has two atoms."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=size)
    if shape == "lognormal":
        return np.exp(2 * values)
    if shape == "exponential":
        return draw.exponential(size=size)
    if shape == "uniform":
        return draw.random(size)
    if shape == "heavy":
        return draw.standard_t(3, size=size)
    if shape == "rounded":
        return np.round(values, 1)
    if shape == "mixed":
        values[draw.random(size) < 0.3] = 0.0
        values[draw.random(size) < 0.06] = 7.0
    return values


def exact(before: Sequence[float] | Floats, after: Sequence[float] | Floats) -> float:
    """Return scipy's statistic; its p-value, which warns of few values, is not looked at."""
    with np.errstate(all="ignore"):
        return float(stats.ks_2samp(before, after, method="asymp").statistic)


@given(before=NUMBERS, after=NUMBERS)
def test_few_values_give_the_exact_distance(before: list[float], after: list[float]) -> None:
    """Every value is a point."""
    found = largest_distance(points_of(np.array(before, float)), points_of(np.array(after, float)))

    assert found == pytest.approx(exact(before, after), abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("shift", "scale"), [(0, 1), (0.1, 1), (-0.1, 1), (0.5, 1), (0, 1.2)])
def test_a_thousand_points_are_within_a_thousandth(shape: str, shift: float, scale: float) -> None:
    """Though values with many rows moved off their places, and whole tails came or went."""
    before, after = drawn(shape, 200_000, 2), drawn(shape, 50_000, 4) * scale + shift
    found = largest_distance(points_of(before.copy()), points_of(after.copy()))

    assert found == pytest.approx(exact(before, after), abs=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_merged_points_are_within_two_thousandths(shape: str) -> None:
    """Twenty batches of unequal size on each side."""
    sides = [
        [drawn(shape, 500 + 400 * batch, 100 * side + batch) + 0.2 * side for batch in range(20)]
        for side in range(2)
    ]
    merged = [merge_points([points_of(batch.copy()) for batch in side]) for side in sides]
    whole = [np.concatenate(side) for side in sides]

    assert largest_distance(*merged) == pytest.approx(exact(*whole), abs=2e-3)


def test_without_a_value_there_is_no_distance() -> None:
    """On either side."""
    some, none = points_of(np.array([1.0, 2.0])), points_of(np.array([]))

    assert largest_distance(some, none) is largest_distance(none, some) is None
    assert largest_distance(some, some) == 0.0


def test_the_ends_of_what_a_float_holds_are_no_trouble() -> None:
    """All of one side lies above all of the other."""
    least, greatest = np.finfo(np.float64).min, np.finfo(np.float64).max

    assert largest_distance(points_of(np.array([least])), points_of(np.array([greatest]))) == 1.0
