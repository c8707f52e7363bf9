"""Whole numbers that name rows are told from those that measure something."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from loopwright.domain.counting import numeric_bins
from loopwright.domain.distinct import Sketch, hashes_of
from loopwright.domain.numbering import numbers_rows, repeats_by_chance
from loopwright.domain.packing import pack_registers
from loopwright.domain.profile_details import ColumnDetails
from loopwright.domain.profile_kernels import NumberTally


def looked_at(values: NDArray[np.float64], *, bits: int = 12, **measured: Any) -> bool:
    """Return whether a column of these values numbers its rows."""
    bins = numeric_bins(values.tolist()).model_copy(update=measured)
    tally, sketch = NumberTally(bins), Sketch(bits)
    tally.add(values)
    sketch.add(hashes_of(values[~np.isnan(values)]))
    details = ColumnDetails(numbers=tally.details, sketch=pack_registers(sketch.registers))
    return numbers_rows(bins, tally.counts, details)


def test_repeats_by_chance_are_those_of_balls_in_urns() -> None:
    """Three balls in two urns: 3 - 2 (1 - 1/4) = 1.5 repeat; of many, within a thousandth."""
    rows, numbers = 3_000, 2_000
    exact = rows - numbers * (1 - (1 - 1 / numbers) ** rows)

    assert repeats_by_chance(rows, numbers) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("rows", [100, 1_000, 100_000])
@pytest.mark.parametrize("kept", [0.3, 0.8, 1.0])
def test_a_running_number_is_found(rows: int, kept: float) -> None:
    """All of the numbers in any order, or a part of them, some missing."""
    draw = np.random.default_rng(rows)
    numbers = draw.permutation(int(rows / kept))[:rows].astype(np.float64) + 7_000_000
    numbers[:5] = np.nan

    assert looked_at(numbers) is (kept > 0.3 or rows > 100)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1_000),
    rows=st.integers(100, 20_000),
    numbers=st.floats(0, 7),
    skew=st.sampled_from([1.0, 2.0]),
)
def test_whole_numbers_drawn_by_chance_are_not(
    seed: int, rows: int, numbers: float, skew: float
) -> None:
    """From one to ten million different ones, even or not."""
    draw = np.random.default_rng(seed)

    assert not looked_at(np.floor(draw.random(rows) ** skew * 10**numbers))


def test_only_whole_numbers_are_looked_at() -> None:
    """Neither halves nor lengths of texts, whose sketch is one of texts, nor an empty column."""
    numbers = np.arange(2_000.0)

    assert not looked_at(numbers / 2 + 0.25)
    assert not looked_at(numbers, measure="length")
    assert not looked_at(np.full(50, np.nan))


def test_a_small_sketch_asks_for_more() -> None:
    """Of many columns a sketch has 256 registers: its errors are four times as wide."""
    sparse = np.arange(0, 8_000.0, 4)

    assert looked_at(sparse)
    assert not looked_at(sparse, bits=8)
