"""The first pass over Parquet parts: what their bins are frozen from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from loopwright.domain.profile_measures import measures
from loopwright.domain.profile_points import Points, merge_points, points_of
from loopwright.domain.profile_summary import (
    MAX_CATEGORY_CHARACTERS,
    CategorySummary,
    ColumnSummary,
    Summary,
    categories_kept,
    numeric_summary,
    points_kept,
)
from loopwright.domain.spec import ProjectSpec
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_slices import (
    Slice,
    blocks,
    fetch,
    number_of,
    present,
    slices,
    together,
)

# What is sorted at once; the bins of a batch of more rows are within 1/1000 of rank.
SORTED_ROWS = 2_000_000


def summarise(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], spec: ProjectSpec
) -> Summary:
    """Summarise every column of the spec over Parquet parts."""
    cut = slices(connection, parts, rows=SORTED_ROWS)
    rows = sum(one.rows for one in cut)
    wanted = measures(spec)
    numbers = {n: number_of(n, measure) for n, measure in wanted.items() if measure != "category"}
    kept = points_kept(len(wanted))
    columns: dict[str, ColumnSummary] = {
        name: numeric_summary(points, missing=rows - points.rows)
        for name, points in points_by_column(connection, cut, numbers, kept=kept).items()
    }
    for name in wanted.keys() - numbers.keys():
        columns[name] = _category(connection, parts, spec, name, rows)
    return Summary(rows=rows, columns={name: columns[name] for name in spec.columns})


def points_by_column(
    connection: duckdb.DuckDBPyConnection,
    cut: Sequence[Slice],
    numbers: Mapping[str, str],
    *,
    kept: int,
) -> dict[str, Points]:
    """Return so many points of each column, whose number is an SQL expression, over the slices."""
    found: dict[str, list[Points]] = {name: [] for name in numbers}
    for group in together(cut, rows=SORTED_ROWS):
        for block in blocks(list(numbers), rows=sum(one.rows for one in group)):
            picked = ", ".join(f"{numbers[name]} AS {sql.quoted(name)}" for name in block)
            fetched = fetch(connection, " UNION ALL ".join(one.select(picked) for one in group))
            for name in block:
                found[name].append(points_of(present(fetched.pop(name)), kept=kept))
    return {name: merge_points(points, kept=kept) for name, points in found.items()}


def _category(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Path],
    spec: ProjectSpec,
    name: str,
    rows: int,
) -> CategorySummary:
    if not parts:
        return CategorySummary(missing=0, tally=())
    column, table = sql.quoted(name), sql.files(parts)
    short = f"length(CAST({column} AS VARCHAR)) <= {MAX_CATEGORY_CHARACTERS}"
    query = (
        f"SELECT {column}, count(*) FROM {table} WHERE {short} GROUP BY 1 "
        f"ORDER BY 2 DESC, CAST({column} AS VARCHAR) LIMIT {categories_kept(len(spec.columns))}"
    )
    tally = tuple(connection.execute(query).fetchall())
    present_rows = connection.execute(f"SELECT count({column}) FROM {table}").fetchall()[0][0]
    return CategorySummary(missing=rows - int(present_rows), tally=tally)
