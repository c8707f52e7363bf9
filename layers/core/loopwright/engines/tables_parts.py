"""Write canonical Parquet parts: rows in the order of their hash, the same bytes every time."""

import hashlib
from pathlib import Path

import duckdb

from loopwright.domain.reading import WrittenPart
from loopwright.domain.spec import ProjectSpec
from loopwright.engines import tables_sql as sql

FORMAT = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"


def write_parts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    spec: ProjectSpec,
    *,
    where: str,
    folder: Path,
    part_rows: int,
) -> tuple[WrittenPart, ...]:
    """Write the rows that meet a condition as `part-00000.parquet`, ... of at most `part_rows`."""
    folder.mkdir(parents=True)
    names = ", ".join(sql.quoted(name) for name in spec.columns)
    count = f"SELECT count(*) FROM {table} WHERE {where}"
    rows = int(connection.execute(count).fetchall()[0][0])
    written = []
    for index, start in enumerate(range(0, rows, part_rows)):
        path = folder / f"part-{index:05d}.parquet"
        chosen = (
            f"SELECT {names} FROM {table} WHERE {where} ORDER BY {sql.HASH} "
            f"LIMIT {part_rows} OFFSET {start}"
        )
        connection.execute(f"COPY ({chosen}) TO {sql.literal(str(path))} {FORMAT}")
        written.append(_described(path, min(part_rows, rows - start)))
    return tuple(written)


def _described(path: Path, rows: int) -> WrittenPart:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenPart(path=path, rows=rows, bytes=path.stat().st_size, digest=digest)
