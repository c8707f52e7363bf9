import pytest

from loopwright.domain.bins import CategoricalBins, NumericBins
from loopwright.domain.data_histogram import (
    Split,
    category_histogram,
    numeric_histogram,
)


def test_rows_of_a_quantile_bin_are_spread_evenly_over_the_bars() -> None:
    """Twenty bars of half a unit each hold half of a unit's rows."""
    bins = NumericBins(edges=(0.0, 5.0, 10.0))
    found = numeric_histogram(bins, Split(((7, 0, 100, 300, 0),)), whole=False)

    assert len(found.bars) == 20
    assert [bar.rows for bar in found.bars] == [(10.0,)] * 10 + [(30.0,)] * 10
    assert (found.axis, found.cut, found.most) == ((0.0, 10.0), (0, 0), 30.0)


def test_a_few_whole_numbers_have_a_bar_each() -> None:
    """The last interval holds its end, and an atom stands at its value."""
    bins = NumericBins(edges=(1.0, 3.0, 5.0), atoms=(2.0,))
    found = numeric_histogram(bins, Split(((0, 0, 20, 30, 0, 50),)), whole=True)

    assert [bar.label for bar in found.bars] == ["1", "2", "3", "4", "5"]
    assert [bar.rows[0] for bar in found.bars] == [10, 60, 10, 10, 10]


def test_the_axis_is_cut_where_few_values_lie_far_out() -> None:
    """How many are beyond is told."""
    bins = NumericBins(edges=(0.0, 1.0, 2.0, 1_000.0))
    found = numeric_histogram(bins, Split(((0, 0, 480, 490, 30, 0),)), whole=False)

    assert found.axis is not None
    assert found.axis[1] < 10
    assert found.cut[0] == 0
    assert 25 <= found.cut[1] <= 30


def test_classes_are_stacked_and_the_target_has_a_level() -> None:
    """The level of a bar without a row is not known."""
    bins = NumericBins(edges=(0.0, 1.0), atoms=(5.0,))
    split = Split(((0, 0, 30, 0, 10), (0, 0, 10, 0, 0)), (0, 0, 10, 0, 0), (0, 0, 40, 0, 10))
    found = numeric_histogram(bins, split, whole=False)

    assert found.bars[0].level == pytest.approx(0.25)
    assert found.bars[0].rows == pytest.approx((7.5, 2.5), abs=0.1)
    assert found.bars[10].level is None


def test_one_value_alone_has_one_bar_and_none_has_none() -> None:
    """A constant column, and one without a value."""
    one = numeric_histogram(NumericBins(edges=(3.0,)), Split(((0, 0, 9),)), whole=False)
    none = numeric_histogram(NumericBins(edges=(3.0,)), Split(((9, 0, 0),)), whole=False)

    assert [bar.rows for bar in one.bars] == [(9.0,)]
    assert (none.bars, none.most) == ((), 0.0)


def test_categories_come_by_rows_and_the_rest_together() -> None:
    """Ten of them; new, unlisted and rare ones are the others."""
    bins = CategoricalBins(
        categories=tuple(f"town\n{n} {'x' * 30}" for n in range(12)), others=("a",)
    )
    counts = (5, 1, 2, *range(12))
    found = category_histogram(bins, Split((counts,), (0, 0, 0, *range(12)), counts))

    assert [bar.rows[0] for bar in found.bars] == [*range(11, 1, -1), 4.0]
    assert found.bars[0].label == "town\N{REPLACEMENT CHARACTER}11 xxxxxxxxxxxxxxx…"
    assert found.bars[-1].label == "3 others"
    assert [bar.level for bar in found.bars[:2]] == [1.0, 1.0]


def test_categories_without_rows_have_no_level() -> None:
    """And without others there is no bar for them."""
    bins = CategoricalBins(categories=("a",))
    found = category_histogram(bins, Split(((0, 0, 0, 0),), (0, 0, 0, 0), (0, 0, 0, 0)))

    assert [(bar.label, bar.level) for bar in found.bars] == [("a", None)]


def test_categories_without_a_target_have_no_level() -> None:
    """There is nothing to show over the bars."""
    found = category_histogram(CategoricalBins(categories=("a",)), Split(((0, 0, 0, 4),)))

    assert [(bar.rows, bar.level) for bar in found.bars] == [((4.0,), None)]
