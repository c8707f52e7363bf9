"""Bins in words."""

import pytest

from loopwright.domain.bin_labels import bin_label, short_value, summarise
from loopwright.domain.bins import CategoricalBins, ColumnCounts, NumericBins

AGES = NumericBins(edges=(18.0, 30.0, 60.5), atoms=(0.0, 30.0))
CITIES = CategoricalBins(categories=("Rome", "Köln", "x" * 40), others=("Bonn",))


@pytest.mark.parametrize(
    ("index", "label"),
    list(enumerate(["missing", "below 18", "18 to 30", "30 to 60.5", "above 60.5", "0", "30"])),
)
def test_numeric_bins_are_named_by_their_values(index: int, label: str) -> None:
    """Guards, intervals and atoms."""
    assert bin_label(AGES, index) == label


@pytest.mark.parametrize(
    ("index", "label"),
    list(enumerate(["missing", "new values", "other values", "Rome", "Köln", "x" * 23 + "…"])),
)
def test_categories_are_named_by_themselves(index: int, label: str) -> None:
    """Cut when they are long."""
    assert bin_label(CITIES, index) == label


@pytest.mark.parametrize(
    ("counts", "typical"),
    [
        ((1, 2, 9, 3, 0, 0, 0), "median 18 to 30"),
        ((0, 0, 5, 5, 0, 0, 9), "median 30"),
        ((0, 0, 1, 1, 0, 9, 0), "median 0"),
        ((0, 0, 0, 0, 7, 0, 0), "median above 60.5"),
        ((4, 0, 0, 0, 0, 0, 0), "no value"),
    ],
)
def test_a_number_is_summed_up_by_the_bin_of_its_median(
    counts: tuple[int, ...], typical: str
) -> None:
    """Atoms stand where their value belongs."""
    found = summarise("age", AGES, ColumnCounts(counts=counts))

    assert found.typical == typical
    assert found.missing_share == pytest.approx(counts[0] / sum(counts))


def test_a_category_is_summed_up_by_its_commonest_values() -> None:
    """As shares of the rows that have a value."""
    found = summarise("city", CITIES, ColumnCounts(counts=(10, 0, 1, 6, 3, 0)))

    assert found.typical == "Rome 60%, Köln 30%, other values 10%"
    assert found.missing_share == 0.5


def test_no_row_has_no_missing_value() -> None:
    """An empty version is described all the same."""
    assert summarise("city", CITIES, ColumnCounts(counts=(0,) * 6)).missing_share == 0.0


def test_values_are_shown_short() -> None:
    """Six digits of a number; a long text ends in an ellipsis."""
    assert short_value(1 / 3) == "0.333333"
    assert short_value("ann") == "ann"
    assert short_value("x" * 500).endswith("x…")
