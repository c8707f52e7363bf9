"""Counts over frozen bins: DuckDB and numpy against the pure functions."""

from pathlib import Path

import duckdb
import pytest

from loopwright.domain.bins import Bins, CategoricalBins, NumericBins
from loopwright.domain.counting import count_columns, merge
from loopwright.domain.spec import Column
from loopwright.engines import tables_count, tables_slices
from loopwright.engines.tables_count import count
from tests.fakes.projects import COLUMNS, a_spec, some_rows
from tests.integration.engines.parquet import parquet_rows

SPEC = a_spec(
    columns={
        **COLUMNS,
        "note": Column(type="text", feature=False),
        "seen": Column(type="timestamp", feature=False),
    }
)
ROWS = [
    {**row, "note": "é" * (row["id"] % 7) or None, "seen": row["id"] * 3_600.25}
    for row in some_rows(5_000)
]
BINS: dict[str, Bins] = {
    "id": NumericBins(measure="length", edges=(1.0, 2.0, 3.0), atoms=(2.0,)),
    "sex": CategoricalBins(categories=(2,)),
    "income": NumericBins(edges=(10.0, 200.5, 900.0), atoms=(0.0,)),
    "city": CategoricalBins(categories=("Rome",), others=("Köln",)),
    "member": CategoricalBins(categories=(True, False)),
    "repaid": CategoricalBins(categories=()),
    "note": NumericBins(measure="length", edges=(1.0, 5.0)),
    "seen": NumericBins(measure="epoch", edges=(0.0, 1e5, 1e6)),
}
MEASURED = {
    **{name: [row[name] for row in ROWS] for name in BINS},
    "id": [len(str(row["id"])) for row in ROWS],
    "note": [row["note"] and len(row["note"]) for row in ROWS],
}


@pytest.mark.parametrize("rows", [1 << 17, 1_000])
def test_counts_are_those_of_the_pure_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Every measure and type, in one slice and in several, whole and as merged parts."""
    monkeypatch.setattr(tables_count, "SLICE_ROWS", rows)
    monkeypatch.setattr(tables_slices, "MAX_CELLS", 2 * rows)
    parts = [
        parquet_rows(tmp_path / "a.parquet", ROWS[:4_500], SPEC, group_rows=2_048),
        parquet_rows(tmp_path / "b.parquet", ROWS[4_500:], SPEC),
    ]
    expected = count_columns(BINS, MEASURED, rows=5_000)
    with duckdb.connect(config={"threads": 1}) as connection:
        whole = count(connection, parts, BINS)
        single = [count(connection, [part], BINS) for part in parts]

    assert whole == merge(single) == expected


def test_a_slice_ends_where_a_row_group_ends(tmp_path: Path) -> None:
    """Row groups of 2,048 rows: two to a slice of 5,000, and each cut when a slice is smaller."""
    part = parquet_rows(tmp_path / "a.parquet", ROWS, SPEC, group_rows=2_048)
    with duckdb.connect(config={"threads": 1}) as connection:
        pairs = tables_slices.slices(connection, [part], rows=4_100)
        cut = tables_slices.slices(connection, [part], rows=1_500)

    assert [(one.start, one.stop) for one in pairs] == [(0, 4_096), (4_096, 5_000)]
    assert sum(one.rows for one in cut) == 5_000
    assert max(one.rows for one in cut) == 1_500
