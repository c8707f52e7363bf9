"""Parquet files in slices of whole row groups, and their columns in blocks: memory stays flat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from loopwright.engines import tables_sql as sql

MAX_CELLS = 4_000_000
POSITION = "file_row_number"


@dataclass(frozen=True)
class Slice:
    """The rows [start, stop) of one Parquet file."""

    path: Path
    start: int
    stop: int

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.stop - self.start

    def select(self, picked: str) -> str:
        """Return a query for some expressions over the rows of the slice."""
        file = sql.literal(str(self.path))
        return (
            f"SELECT {picked} FROM read_parquet({file}, {POSITION}=true) "
            f"WHERE {POSITION} >= {self.start} AND {POSITION} < {self.stop}"
        )


def slices(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], *, rows: int
) -> list[Slice]:
    """Return slices of at most so many rows each; a slice begins where a row group begins.

    A row group of more rows is cut.
    """
    found: list[Slice] = []
    for path in parts:
        start = stop = 0
        for size in _row_groups(connection, path):
            if stop > start and stop + size - start > rows:
                found.append(Slice(path, start, stop))
                start = stop
            stop += size
            while stop - start > rows:
                found.append(Slice(path, start, start + rows))
                start += rows
        if stop > start:
            found.append(Slice(path, start, stop))
    return found


def together(cut: Sequence[Slice], *, rows: int) -> list[list[Slice]]:
    """Return neighbouring slices in groups of at most so many rows, to be read as one."""
    groups: list[list[Slice]] = []
    for one in cut:
        if groups and sum(other.rows for other in groups[-1]) + one.rows <= rows:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def blocks(names: Sequence[str], *, rows: int) -> Iterator[Sequence[str]]:
    """Yield the names in groups that hold at most four million cells over so many rows."""
    width = max(1, MAX_CELLS // max(rows, 1))
    for start in range(0, len(names), width):
        yield names[start : start + width]


def number_of(name: str, measure: str) -> str:
    """Return what is measured of a column as a DOUBLE: its number, epoch seconds, or length."""
    value = sql.quoted(name)
    if measure == "epoch":
        return f"epoch_us({value}) / 1e6"
    if measure == "length":
        return f"CAST(length(CAST({value} AS VARCHAR)) AS DOUBLE)"
    return f"CAST({value} AS DOUBLE)"


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, NDArray[Any]]:
    """Return the columns of a query; those with a missing value are masked arrays."""
    found: dict[str, NDArray[Any]] = connection.execute(query).fetchnumpy()
    return found


def present(found: NDArray[Any]) -> NDArray[np.float64]:
    """Return a copy of the values of a fetched column that are not missing."""
    plain = np.ma.compressed(found) if np.ma.isMaskedArray(found) else found.copy()
    return plain.astype(np.float64, copy=False)


def _row_groups(connection: duckdb.DuckDBPyConnection, path: Path) -> list[int]:
    query = (
        "SELECT any_value(row_group_num_rows) FROM "
        f"parquet_metadata({sql.literal(str(path))}) GROUP BY row_group_id ORDER BY row_group_id"
    )
    return [int(size) for (size,) in connection.execute(query).fetchall()]
