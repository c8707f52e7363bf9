"""The summary of batches, from which the bins of a dataset version are frozen."""

import numpy as np
import pytest

from loopwright.domain.bins import CategoricalBins, NumericBins
from loopwright.domain.counting import numeric_bins
from loopwright.domain.profile_measures import affordable, measures
from loopwright.domain.profile_points import points_of
from loopwright.domain.profile_summary import (
    CategorySummary,
    ColumnSummary,
    Summary,
    bins_of,
    merge,
    numeric_summary,
)
from loopwright.domain.spec import Column
from loopwright.errors import IncompletePartsError
from tests.fakes.projects import COLUMNS, a_spec

SPEC = a_spec(
    columns={name: COLUMNS[name] for name in ("id", "income", "city", "repaid")},
    protected={"none": "there are no people in it"},
    favourable=None,
)


def numbers(*values: float) -> ColumnSummary:
    """Summarise numbers, one more missing."""
    return numeric_summary(points_of(np.array(values)), missing=1)


def texts(**tally: int) -> ColumnSummary:
    """Summarise categories."""
    return CategorySummary(missing=0, tally=tuple(tally.items()))


def summary(first: float, **tally: int) -> Summary:
    """Summarise a few rows of the columns of the spec."""
    return Summary(
        rows=4,
        columns={
            "id": numbers(1, 2, 3),
            "income": numbers(first, first + 1, first + 2),
            "city": texts(**tally),
            "repaid": texts(no=2, yes=2),
        },
    )


def test_bins_are_those_of_the_merged_values() -> None:
    """Numbers, categories by their rows, and the length of the key; a summary survives JSON."""
    parts = [summary(0, rome=3, bonn=1), summary(3, bonn=3, cork=1)]
    stored = [Summary.model_validate_json(part.model_dump_json()) for part in parts]
    merged = merge(stored)
    bins = bins_of(merged, SPEC)

    assert merged.rows == 8
    assert merged.columns["income"].missing == 2
    assert bins["income"] == numeric_bins([0, 1, 2, 3, 4, 5])
    assert bins["city"] == CategoricalBins(categories=("bonn", "rome", "cork"))
    assert isinstance(bins["id"], NumericBins)
    assert bins["id"].measure == "length"
    assert list(bins) == list(SPEC.columns)


def test_one_summary_is_merged_to_itself() -> None:
    """So the bins of a single batch are exact."""
    one = summary(0, rome=4)

    assert merge([one]) == one


def test_summaries_of_other_columns_are_refused() -> None:
    """Neither other names, nor a number where there was a category, nor none at all."""
    one = summary(0, rome=4)
    fewer = Summary(rows=4, columns={"id": one.columns["id"]})
    swapped = Summary(rows=4, columns={**one.columns, "city": one.columns["id"]})

    for parts in ([one, fewer], [one, swapped], []):
        with pytest.raises(IncompletePartsError):
            merge(parts)
    with pytest.raises(IncompletePartsError, match="do not name the same"):
        bins_of(fewer, SPEC)


def test_endless_categories_are_cut_while_they_are_merged() -> None:
    """The commonest stay, however many batches bring new ones."""
    batches = [
        Summary(
            rows=3_001,
            columns={"city": texts(rome=1, **{f"{batch}-{n}": 1 for n in range(3_000)})},
        )
        for batch in range(40)
    ]
    found = merge(iter(batches)).columns["city"]

    assert isinstance(found, CategorySummary)
    assert found.tally[0] == ("rome", 40)
    assert len(found.tally) == 10_100


def test_what_names_single_entities_is_measured_by_length() -> None:
    """Key, entity and free text; a protected column and the target are never hidden."""
    columns = {
        **COLUMNS,
        "note": Column(type="text", feature=False),
        "seen": Column(type="timestamp", feature=False),
    }
    spec = a_spec(columns=columns, entity="city")

    assert measures(spec) == {
        "id": "length",
        "sex": "category",
        "income": "value",
        "city": "length",
        "member": "category",
        "repaid": "category",
        "note": "length",
        "seen": "epoch",
    }
    assert measures(a_spec(entity="sex"))["sex"] == "category"


def test_wide_tables_keep_less_of_each_column() -> None:
    """The sum stays bounded until each column has the least."""
    kept = [affordable(columns, most=1_000, least=100) for columns in (1, 32, 64, 10_000)]

    assert kept == [1_000, 1_000, 500, 100]
