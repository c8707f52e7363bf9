"""Counts over frozen bins: DuckDB and numpy against the pure functions."""

import re
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest

from loopwright.domain.bins import Bins, CategoricalBins, NumericBins
from loopwright.domain.counting import count_columns, merge
from loopwright.domain.packing import unpack_counts
from loopwright.domain.profile_details import (
    Distinct,
    TextDetails,
    distinct_values,
    merge_details,
    moments,
)
from loopwright.domain.spec import Column
from loopwright.domain.text_patterns import DIGITS_FIRST, MARKED, OTHERS
from loopwright.engines import tables_count, tables_slices
from loopwright.engines.tables_count import profile
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
    "income": NumericBins(edges=(10.0, 200.5, 900.0), atoms=(0.0,), common=(20.0,)),
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
        whole = profile(connection, parts, BINS)
        single = [profile(connection, [part], BINS) for part in parts]

    assert whole.counts == merge([one.counts for one in single]) == expected
    assert whole.details == merge_details([one.details for one in single])


def test_details_are_those_of_plain_python(tmp_path: Path) -> None:
    """Sums, ends, common values and lengths of every measure, against the rows themselves."""
    part = parquet_rows(tmp_path / "a.parquet", ROWS, SPEC)
    with duckdb.connect(config={"threads": 1}) as connection:
        found = profile(connection, [part], BINS)
    income = [row["income"] for row in ROWS if row["income"] is not None]
    numbers, notes = found.details["income"].numbers, found.details["note"]
    bins = BINS["income"]

    assert isinstance(bins, NumericBins)
    assert numbers is not None
    assert (numbers.least, numbers.greatest) == (min(income), max(income))
    assert unpack_counts(numbers.common) == (income.count(20.0),)
    told = moments(bins, found.counts.columns["income"], numbers)
    assert told is not None
    assert told.mean == pytest.approx(np.mean(income), rel=1e-9)
    assert told.deviation == pytest.approx(np.std(income), rel=1e-5)
    assert notes.texts == TextDetails(forms={}, shortest=1, longest=6, characters=21 * 714 + 1)
    assert found.details["city"].texts is not None
    assert found.details["sex"].texts is None


def test_distinct_values_are_exact_where_listed_and_near_where_not(tmp_path: Path) -> None:
    """5,000 ids and 6 notes by sketches of 1.6 % and coarser; categories that are known exactly."""
    part = parquet_rows(tmp_path / "a.parquet", ROWS, SPEC)
    sexes = CategoricalBins(categories=(1, 2))
    bins: dict[str, Bins] = {**BINS, "sex": sexes}
    with duckdb.connect(config={"threads": 1}) as connection:
        found = profile(connection, [part], bins)
    told = {
        name: distinct_values(one, found.counts.columns[name], found.details[name])
        for name, one in bins.items()
    }

    assert told["sex"] == Distinct(2, exact=True)
    assert told["city"] is None
    assert told["id"] is not None
    assert not told["id"].exact
    assert told["id"].values == pytest.approx(5_000, rel=0.05)
    assert told["note"] == Distinct(6, exact=False)


def test_a_text_is_of_the_first_form_that_fits_it(tmp_path: Path) -> None:
    """DuckDB's expressions against Python's, over texts of each form and of none."""
    texts = [
        "12", "+1,5", "-3", "2024-02-29", "31.12.1999", "2024-02-29T10:15:00.5Z",
        "2024-02-29 10:15 +01:00", "9:59", "23:59:59,125", "a.b@c.org", "@", "https://x.org/a?b",
        "https:// x", "AB-1234", "x12", "x1", "123e4567-e89b-12d3-a456-426614174000",
        "deadbeefdeadbeef", "1234567890abcdef", "12345678-x", "", " ", "Rome", "é", "1 2", "=1+1",
        "+", "0a@b.cd", "1\n2",
    ]  # fmt: skip
    rows = [{**ROWS[0], "id": n, "note": text} for n, text in enumerate(texts)]
    part = parquet_rows(tmp_path / "a.parquet", rows, SPEC)
    with duckdb.connect(config={"threads": 1}) as connection:
        found = profile(connection, [part], {"note": CategoricalBins(categories=("12",))})
    told = found.details["note"].texts

    assert told is not None
    assert told.forms == Counter(filter(None, map(python_form, texts)))
    assert len(told.forms) == 9


def python_form(text: str) -> str | None:
    """Return the form of a text by Python's own expressions, tried one after another."""
    marked = {name: form for name, (_, form) in MARKED.items()}
    forms = {**DIGITS_FIRST, **marked, **OTHERS}
    return next((name for name, form in forms.items() if re.fullmatch(form, text)), None)


def test_a_slice_ends_where_a_row_group_ends(tmp_path: Path) -> None:
    """Row groups of 2,048 rows: two to a slice of 5,000, and each cut when a slice is smaller."""
    part = parquet_rows(tmp_path / "a.parquet", ROWS, SPEC, group_rows=2_048)
    with duckdb.connect(config={"threads": 1}) as connection:
        pairs = tables_slices.slices(connection, [part], rows=4_100)
        cut = tables_slices.slices(connection, [part], rows=1_500)

    assert [(one.start, one.stop) for one in pairs] == [(0, 4_096), (4_096, 5_000)]
    assert sum(one.rows for one in cut) == 5_000
    assert max(one.rows for one in cut) == 1_500
