"""Read one batch of uploaded files into canonical parts."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.digest import MODULUS
from loopwright.domain.reading import CanonicalTable, Reading
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import stored_type
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_load import TYPED, Loader
from loopwright.engines.tables_parts import write_parts
from loopwright.engines.tables_stream import Limits

ROWS = "rows"
WORD = 1 << 64


def read_batch(
    connection: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    spec: ProjectSpec,
    *,
    salt: str,
    folder: Path,
    work: Path,
    limits: Limits,
    part_rows: int,
) -> Reading:
    """Read files into parts under `folder`; texts are unpacked in `work`, one at a time."""
    loaded = Loader(connection, spec, work=work, limits=limits).load(files)
    table = None
    if not loaded.reasons:
        table = _canonical(connection, spec, salt=salt, folder=folder, part_rows=part_rows)
    return Reading(
        reasons=loaded.reasons,
        rows=table.rows if table else 0,
        quarantined_rows=loaded.quarantined_rows,
        quarantined=loaded.quarantined,
        sniffed=loaded.sniffed,
        table=table,
    )


def _canonical(
    connection: duckdb.DuckDBPyConnection,
    spec: ProjectSpec,
    *,
    salt: str,
    folder: Path,
    part_rows: int,
) -> CanonicalTable:
    digested = sql.digested(spec.columns, TYPED)
    query = sql.ordered(digested, spec.sealed_by, salt=salt, share=spec.holdout.share)
    connection.execute(f"CREATE TABLE {ROWS} AS {query}")
    sums = f"SELECT count(*), count(*) FILTER (NOT {sql.SEALED}), {sql.digest_sums()} FROM {ROWS}"
    rows, kept, *words = connection.execute(sums).fetchall()[0]
    total = sum(int(word or 0) * WORD ** (3 - place) for place, word in enumerate(words))
    training, holdout = (
        write_parts(connection, ROWS, span=span, folder=folder / name, part_rows=part_rows)
        for name, span in (("train", range(kept)), ("holdout", range(kept, rows)))
    )
    schema = tuple(
        ColumnSchema(name=name, type=column.type, parquet_type=stored_type(column))
        for name, column in spec.columns.items()
    )
    return CanonicalTable(
        rows=rows,
        digest_sum=total % MODULUS,
        columns=schema,
        training=training,
        holdout=holdout,
    )
