"""Write canonical Parquet parts: rows in the order of their hash, the same bytes every time."""

import hashlib
from pathlib import Path

import duckdb

from loopwright.domain.reading import WrittenPart
from loopwright.engines import tables_sql as sql

FORMAT = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"


def write_parts(
    connection: duckdb.DuckDBPyConnection, table: str, *, span: range, folder: Path, part_rows: int
) -> tuple[WrittenPart, ...]:
    """Write the rows at these positions as `part-00000.parquet`, ... of at most `part_rows`."""
    folder.mkdir(parents=True)
    written = []
    for index, start in enumerate(span[::part_rows]):
        path = folder / f"part-{index:05d}.parquet"
        rows = min(part_rows, span.stop - start)
        chosen = f"SELECT {sql.STORED_COLUMNS} FROM {table} LIMIT {rows} OFFSET {start}"
        connection.execute(f"COPY ({chosen}) TO {sql.literal(str(path))} {FORMAT}")
        written.append(_described(path, rows))
    return tuple(written)


def _described(path: Path, rows: int) -> WrittenPart:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenPart(path=path, rows=rows, bytes=path.stat().st_size, digest=digest)
