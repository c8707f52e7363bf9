"""Count the columns of Parquet parts over frozen bins, within memory that does not grow."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from loopwright.domain.bins import (
    MISSING,
    NEW,
    OTHER,
    Bins,
    CategoricalBins,
    ColumnCounts,
    Counts,
    NumericBins,
)
from loopwright.domain.profile_kernels import tallied
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_slices import Slice, blocks, fetch, number_of, slices

SLICE_ROWS = 1 << 17
CODES = '"loopwright:codes"'


def count(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], bins: Mapping[str, Bins]
) -> Counts:
    """Count every binned column over all rows of the parts."""
    cut = slices(connection, parts, rows=SLICE_ROWS)
    found = _numbers(
        connection, cut, {n: one for n, one in bins.items() if isinstance(one, NumericBins)}
    )
    for name, one in bins.items():
        if isinstance(one, CategoricalBins):
            found[name] = _categories(connection, parts, name, one)
    columns = {name: ColumnCounts(counts=tuple(found[name].tolist())) for name in bins}
    return Counts(rows=sum(one.rows for one in cut), columns=columns)


def _numbers(
    connection: duckdb.DuckDBPyConnection, cut: Sequence[Slice], bins: Mapping[str, NumericBins]
) -> dict[str, NDArray[np.int64]]:
    found = {name: np.zeros(one.size, dtype=np.int64) for name, one in bins.items()}
    for one in cut:
        for block in blocks(list(bins), rows=one.rows):
            numbers = (f"{number_of(n, bins[n].measure)} AS {sql.quoted(n)}" for n in block)
            fetched = fetch(connection, one.select(", ".join(numbers)))
            for name in block:
                values = np.ma.filled(fetched.pop(name), np.nan)
                found[name] += tallied(bins[name], values)
    return found


def _categories(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], name: str, bins: CategoricalBins
) -> NDArray[np.int64]:
    """Count by a join with the known categories; a value that is none of them is new."""
    column, source = sql.quoted(name), sql.files(parts)
    place = str(NEW)
    if bins.categories:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {CODES} AS "
            "SELECT unnest($known) AS category, unnest($places) AS place",
            {
                "known": [*bins.categories, *bins.others],
                "places": [*range(OTHER + 1, bins.size), *([OTHER] * len(bins.others))],
            },
        )
        source += f" LEFT JOIN {CODES} ON {column} = category"
        place = f"coalesce(place, {NEW})"
    query = f"SELECT if({column} IS NULL, {MISSING}, {place}), count(*) FROM {source} GROUP BY 1"
    counts = np.zeros(bins.size, dtype=np.int64)
    for index, rows in connection.execute(query).fetchall():
        counts[index] = rows
    return counts
