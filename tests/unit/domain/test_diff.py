"""What changed between two versions."""

import numpy as np
import pytest

from loopwright.domain.bins import Bins, CategoricalBins, ColumnCounts, Counts, NumericBins
from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.diff import column_changes, common_columns, schema_changes, size_word

CITIES = CategoricalBins(categories=("Rome", "Bonn"))
AGES = NumericBins(edges=(0.0, 50.0, 100.0))
BINS: dict[str, Bins] = {"city": CITIES, "age": AGES}


def counts(rows: int, city: tuple[int, ...], age: tuple[int, ...]) -> Counts:
    """Counts of the two columns."""
    columns = {"city": ColumnCounts(counts=city), "age": ColumnCounts(counts=age)}
    return Counts(rows=rows, columns=columns)


def schema(**types: str) -> tuple[ColumnSchema, ...]:
    """Columns by their type in Parquet."""
    return tuple(
        ColumnSchema(name=name, type=kind.lower(), parquet_type=kind)
        for name, kind in types.items()
    )


def test_columns_that_came_went_or_have_another_type_are_listed() -> None:
    """Only those stored alike can be compared."""
    before = schema(id="BIGINT", age="DOUBLE", city="VARCHAR")
    after = schema(city="VARCHAR", age="BIGINT", zip="VARCHAR", id="BIGINT")
    found = schema_changes(before, after)

    assert [(one.column, one.before, one.after) for one in found] == [
        ("age", "double (DOUBLE)", "bigint (BIGINT)"),
        ("zip", None, "varchar (VARCHAR)"),
    ]
    assert common_columns(before, after) == ("city", "id")


def test_the_column_that_moved_most_comes_first_with_its_numbers() -> None:
    """PSI by hand: the sum of (q - p) ln(q / p) less its mean without any drift."""
    before = counts(1_000, (0, 0, 0, 500, 500), (0, 0, 500, 500, 0))
    after = counts(1_000, (100, 0, 0, 700, 200), (0, 0, 500, 500, 0))
    first, second = column_changes(BINS, before, after, {"age": 0.25})
    p = (np.array([0, 0, 0, 500, 500]) + 0.5) / 1_002.5
    q = (np.array([100, 0, 0, 700, 200]) + 0.5) / 1_002.5
    psi = float(((q - p) * np.log(q / p)).sum()) - 2 * (1 / 1_000 + 1 / 1_000)

    assert (first.column, first.size) == ("city", "large")
    assert first.psi == pytest.approx(psi)
    assert first.low < psi < first.high
    assert (first.missing_before, first.missing_after) == (0.0, 0.1)
    assert (first.shift.label, first.shift.before, first.shift.after) == ("missing", 0.0, 0.1)
    assert (second.column, second.size, second.psi) == ("age", "same", 0.0)
    assert (first.distance, second.distance) == (None, 0.25)


def test_an_empty_version_moves_nothing() -> None:
    """There are no shares of no rows."""
    empty = counts(0, (0,) * 5, (0,) * 5)

    assert column_changes(BINS, empty, empty, {}) == ()


@pytest.mark.parametrize(
    ("psi", "word"),
    [(0.0, "same"), (0.01, "slight"), (0.0999, "slight"), (0.1, "moderate"), (0.25, "large")],
)
def test_the_size_has_a_word(psi: float, word: str) -> None:
    """By the customary limits."""
    assert size_word(psi) == word
