"""The first pass over Parquet parts: DuckDB and numpy against the pure functions."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import categorical_bins, numeric_bins
from loopwright.domain.profile_summary import CategorySummary, Summary, bins_of, merge
from loopwright.domain.spec import Column
from loopwright.engines import tables_slices, tables_summary
from loopwright.engines.tables_summary import summarise
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
    for row in some_rows(300)
]


def summarised(parts: list[Path]) -> Summary:
    """Summarise parts on one thread."""
    with duckdb.connect(config={"threads": 1}) as connection:
        return summarise(connection, parts, SPEC)


def column(name: str) -> list[Any]:
    """Return the present values of a column, in the order of the rows."""
    return [row[name] for row in ROWS if row[name] is not None]


@pytest.mark.parametrize("sorted_rows", [10_000, 40])
def test_a_summary_gives_the_bins_of_the_pure_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sorted_rows: int
) -> None:
    """In one go, and in slices of whole row groups and of a few cells."""
    monkeypatch.setattr(tables_summary, "SORTED_ROWS", sorted_rows)
    monkeypatch.setattr(tables_slices, "MAX_CELLS", 100)
    parts = [
        parquet_rows(tmp_path / "a.parquet", ROWS[:180], SPEC, group_rows=64),
        parquet_rows(tmp_path / "b.parquet", ROWS[180:], SPEC),
    ]
    summary = summarised(parts)
    bins = bins_of(summary, SPEC)

    assert summary.rows == 300
    assert summary.columns["income"].missing == 300 - len(column("income"))
    assert summary.columns["city"].missing == 300 - len(column("city"))
    for name in ("sex", "city", "member", "repaid"):
        values = column(name)
        assert bins[name] == categorical_bins({value: values.count(value) for value in values})
    measured = {
        "income": numeric_bins(column("income")),
        "seen": numeric_bins(column("seen")),
        "note": numeric_bins([len(text) for text in column("note")]),
        "id": numeric_bins([len(str(key)) for key in column("id")]),
    }
    for name, expected in measured.items():
        frozen = bins[name]
        assert isinstance(frozen, NumericBins)
        assert frozen.edges == expected.edges
        assert frozen.atoms == expected.atoms


def test_summaries_of_batches_merge_to_the_bins_of_the_whole(tmp_path: Path) -> None:
    """Few rows: every value is kept, so the merged bins are exact too; a batch may be empty."""
    parts = [
        parquet_rows(tmp_path / f"{start}.parquet", ROWS[start : start + 100], SPEC)
        for start in (0, 100, 200)
    ]
    whole = bins_of(summarised(parts), SPEC)
    batches = [summarised([part]) for part in parts]

    assert bins_of(merge([*batches, summarised([])]), SPEC) == whole


def test_a_category_of_endless_length_is_never_listed(tmp_path: Path) -> None:
    """Texts of more than 200 characters count as present, and are no category."""
    rows = [{**ROWS[0], "city": "x" * length} for length in (199, 200, 201)]
    part = parquet_rows(tmp_path / "a.parquet", rows, SPEC)
    found = summarised([part]).columns["city"]

    assert isinstance(found, CategorySummary)
    assert found.missing == 0
    assert found.tally == (("x" * 199, 1), ("x" * 200, 1))
