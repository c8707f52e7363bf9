"""Counting over frozen bins, and merging what was counted."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from loopwright.domain.bins import Bins, CategoricalBins, Counts, NumericBins
from loopwright.domain.counting import (
    MAX_LISTED,
    MAX_OTHERS,
    ClassRows,
    ProfileDocument,
    bins_document,
    categorical_bins,
    count_columns,
    count_values,
    edge_ranks,
    merge,
    merge_by_class,
    merge_profile,
    numeric_bins,
    read_bins,
)
from loopwright.domain.facts import TableFacts
from loopwright.domain.profile_details import ColumnDetails, TextDetails
from loopwright.errors import IncompletePartsError

numbers = st.lists(st.none() | st.floats(-5, 5) | st.integers(-3, 3), max_size=60)
colours = st.lists(st.none() | st.sampled_from(["red", "green", "blue", "grey"]), max_size=60)
BINS: dict[str, Bins] = {
    "size": NumericBins(edges=(-1.0, 0.0, 2.5), atoms=(0.0, 1.0)),
    "colour": CategoricalBins(categories=("red", "green"), others=("blue",)),
}


def counted(sizes: list[float | None], names: list[str | None]) -> Counts:
    """Count two columns of equal length."""
    return count_columns(BINS, {"size": sizes, "colour": names}, rows=len(sizes))


def test_every_number_falls_into_its_bin() -> None:
    """By hand: missing, below, [-1, 0), [0, 2.5], above, atom 0, atom 1."""
    values = [None, math.nan, -9, -1, -0.5, 0.0, 0.5, 1, 2.5, 2.6, math.inf, -math.inf, True]

    assert count_values(BINS["size"], values).counts == (2, 2, 2, 2, 2, 1, 2)


def test_every_category_falls_into_its_bin() -> None:
    """By hand: missing, new, other, red, green."""
    values = [None, "red", "red", "green", "blue", "pink", math.nan]

    assert count_values(BINS["colour"], values).counts == (2, 1, 1, 2, 1)


def test_numpy_arrays_count_like_lists() -> None:
    """Columns arrive as float64 arrays with NaN, or as arrays of objects with None."""
    whole = CategoricalBins(categories=(1, 2))

    assert count_values(BINS["size"], np.array([np.nan, 1.0, 3.0])).counts == (1, 0, 0, 0, 1, 0, 1)
    assert count_values(whole, np.array([1, 2, 2])).counts == (0, 0, 0, 1, 2)
    assert count_values(whole, np.array([1, None, 5], dtype=object)).counts == (1, 1, 0, 1, 0)
    assert count_values(CategoricalBins(categories=(True, False)), [True, None]).counts[3] == 1


def test_a_value_at_a_single_edge_counts_as_above() -> None:
    """Without an interval there is only below and above."""
    assert count_values(NumericBins(edges=(2.0,)), [1.0, 2.0, 3.0]).counts == (0, 1, 2)


def test_an_absent_column_counts_as_missing() -> None:
    """Live rows may lack a column of the reference."""
    counts = count_columns(BINS, {"size": [1.0, 2.0]}, rows=2)

    assert counts.columns["colour"].counts == (2, 0, 0, 0, 0)
    assert counts.columns["colour"].rows == 2


def test_bins_are_quantiles_with_atoms_apart() -> None:
    """Ranks by numpy's inverted CDF over the values that are no atoms."""
    rng = np.random.default_rng(7)
    plain = rng.normal(size=1_003)
    bins = numeric_bins(np.concatenate([plain, np.zeros(100), [np.nan]]))
    expected = np.quantile(plain, np.linspace(0, 1, 21), method="inverted_cdf")

    assert bins.atoms == (0.0,)
    assert_array_equal(bins.edges, expected)


@pytest.mark.parametrize(
    ("values", "edges", "atoms"),
    [
        ([], (0.0,), ()),
        ([None, math.nan], (0.0,), ()),
        ([3, 3, 3], (3.0,), (3.0,)),
        ([1, 2, 2], (1.0, 2.0), (1.0, 2.0)),
    ],
)
def test_bins_of_few_values_are_atoms(
    values: list[float | None], edges: tuple[float, ...], atoms: tuple[float, ...]
) -> None:
    """A constant or nearly constant column still has an edge."""
    bins = numeric_bins(values)

    assert bins.edges == edges
    assert bins.atoms == atoms


def test_edge_ranks_stay_within_the_rows() -> None:
    """ceil(i * rows / 20), at least 1."""
    assert edge_ranks(3) == [1, 2, 3]
    assert edge_ranks(100) == [1, *range(5, 101, 5)]


def test_the_commonest_categories_are_listed_and_the_rest_are_others() -> None:
    """Ties go by text; an endless column is cut."""
    tally = Counter({str(n): 1 for n in range(MAX_LISTED + MAX_OTHERS + 5)} | {"often": 9})
    bins = categorical_bins(tally)

    assert bins.categories[:3] == ("often", "0", "1")
    assert len(bins.categories) == MAX_LISTED
    assert len(bins.others) == MAX_OTHERS


@given(values=numbers)
def test_every_row_is_in_one_bin(values: list[float | None]) -> None:
    """Nothing is lost and nothing is counted twice; the baseline has no row outside its bins."""
    bins = numeric_bins(values)
    counts = count_values(bins, values)

    assert counts.rows == len(values)
    assert counts.counts[1] == 0
    assert counts.counts[len(bins.edges) + 1] == 0 or len(bins.edges) == 1


@given(rows=st.lists(st.tuples(st.none() | st.floats(-3, 3), st.none() | st.text(max_size=1))))
def test_merged_counts_equal_the_counts_of_the_whole(
    rows: list[tuple[float | None, str | None]],
) -> None:
    """Whatever the cut and the order of the parts."""
    parts = [counted([r[0] for r in rows[i::3]], [r[1] for r in rows[i::3]]) for i in range(3)]
    whole = counted([r[0] for r in rows], [r[1] for r in rows])

    assert merge(parts) == whole
    assert merge(parts[::-1]) == whole
    assert merge([merge(parts[:2]), parts[2]]) == whole


def test_counts_over_other_bins_are_not_added() -> None:
    """Neither other columns nor other edges."""
    one = counted([1.0], ["red"])
    fewer = Counts(rows=1, columns={"size": one.columns["size"]})
    other = Counts(rows=1, columns={"size": one.columns["colour"], "colour": one.columns["size"]})

    for parts in ([one, fewer], [one, other], []):
        with pytest.raises(IncompletePartsError):
            merge(parts)


def test_a_profile_is_merged_from_each_batch_once() -> None:
    """A missing or repeated batch is breakage, not a smaller profile."""
    parts = [
        ProfileDocument(
            batch=batch,
            keys=(f"part-{batch}",),
            counts=counted([1.0], ["red"]),
            facts=TableFacts(rows=1),
            by_class={"colour": ClassRows.of(((batch, 1), (0, 2)))},
            details={"colour": ColumnDetails(texts=TextDetails(forms={"code": batch + 1}))},
        )
        for batch in (1, 0)
    ]
    merged = merge_profile(BINS, parts, batches=2)

    assert merged.counts.rows == 2
    assert merged.by_class == {"colour": ((1, 2), (0, 4))}
    assert merged.details == {"colour": ColumnDetails(texts=TextDetails(forms={"code": 3}))}
    for wrong in (parts[:1], [parts[0], parts[0]], [*parts, parts[0]]):
        with pytest.raises(IncompletePartsError, match="a profile of 2 batches was given the batc"):
            merge_profile(BINS, wrong, batches=2)


def test_bins_survive_their_document() -> None:
    """What is stored as bins.json is read back as the same bins."""
    assert read_bins(bins_document(BINS)) == BINS


def test_the_rows_of_each_class_are_added_bin_by_bin() -> None:
    """Over all batches, whatever their order."""
    parts = [
        ProfileDocument(
            batch=batch,
            keys=(),
            counts=counted([1.0], ["red"]),
            facts=TableFacts(rows=1),
            by_class={"colour": ClassRows.of(((batch, 1), (0, 2)))},
        )
        for batch in (3, 4)
    ]

    assert merge_by_class(parts) == {"colour": ((7, 2), (0, 4))}
    assert merge_by_class(parts[::-1]) == merge_by_class(parts)


@pytest.mark.parametrize(
    "other",
    [{"colour": ClassRows.of(((1, 1),))}, {"colour": ClassRows.of(((1,), (0,), (1,), (0,)))}, {}],
    ids=["bins", "classes", "none"],
)
def test_rows_by_class_over_other_bins_or_classes_are_not_added(other: Any) -> None:
    """They would add up to something else than the rows."""
    first, second = (
        ProfileDocument(
            batch=batch,
            keys=(),
            counts=counted([1.0], ["red"]),
            facts=TableFacts(rows=1),
            by_class=table,
        )
        for batch, table in enumerate([{"colour": ClassRows.of(((1, 1), (0, 2)))}, other])
    )

    with pytest.raises(IncompletePartsError, match="'colour' over the same bins"):
        merge_by_class([first, second])
