"""Load uploaded files into one typed table, and keep the rows that cannot be read apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from loopwright.domain.gate import Reason
from loopwright.domain.reading import MAX_KEPT, QuarantinedRow, expected, header_reasons, too_large
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import stored_type
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_text import (
    RefusedError,
    TextFile,
    damaged_parquet,
    empty_file,
    is_parquet,
    no_rows,
    open_text,
)

RAW, PARSED, TYPED = "raw", "parsed", "typed"
WHOLE_ROW = "a row of {} values, with quotes that are closed"


@dataclass
class Loaded:
    """What was loaded so far, besides the rows in the typed table."""

    reasons: tuple[Reason, ...] = ()
    quarantined: tuple[QuarantinedRow, ...] = ()
    quarantined_rows: int = 0
    sniffed: dict[str, dict[str, str]] = field(default_factory=dict)


class Loader:
    """Loads files one after the other."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, spec: ProjectSpec, *, max_bytes: int
    ) -> None:
        """Load into this connection, by the columns of this spec."""
        self._connection = connection
        self._spec = spec
        self._max_bytes = max_bytes
        self._loaded = Loaded()

    def load(self, files: Mapping[str, Path]) -> Loaded:
        """Load every file; stop with its reasons at the first one that cannot be used."""
        fields = ", ".join(
            f"{sql.quoted(name)} {stored_type(column)}"
            for name, column in self._spec.columns.items()
        )
        self._connection.execute(f"CREATE TABLE {TYPED} ({fields})")
        for name, path in files.items():
            try:
                self._load_file(name, path)
            except RefusedError as error:
                self._loaded.reasons = error.reasons
                break
        return self._loaded

    def _load_file(self, name: str, path: Path) -> None:
        size = path.stat().st_size
        if not size:
            raise RefusedError(empty_file(name))
        if size > self._max_bytes:
            raise RefusedError(too_large(name, self._max_bytes))
        rejected = (
            self._load_parquet(name, path) if is_parquet(path) else self._load_text(name, path)
        )
        if not self._number(f"SELECT count(*) FROM {RAW}") and not rejected:
            raise RefusedError(no_rows(name))
        self._type_rows(name, rejected)
        self._connection.execute(f"DROP TABLE {RAW}")

    def _load_parquet(self, name: str, path: Path) -> list[int]:
        try:
            source = sql.files([path])
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            self._refuse_header(name, [row[0] for row in described])
            self._connection.execute(f"CREATE TEMP TABLE {RAW} AS SELECT * FROM {source}")
        except duckdb.Error as error:
            raise RefusedError(damaged_parquet(name, str(error).splitlines()[0])) from error
        self._loaded.sniffed[name] = {"format": "parquet"}
        return []

    def _load_text(self, name: str, path: Path) -> list[int]:
        text = open_text(name, path, self._spec, max_bytes=self._max_bytes)
        self._refuse_header(name, text.header)
        self._loaded.sniffed[name] = text.sniffed
        self._connection.execute(sql.read_text(text.path, text.header, text.delimiter, RAW))
        return self._keep_rejected(name, text)

    def _refuse_header(self, name: str, header: Sequence[str]) -> None:
        reasons = header_reasons(name, header, self._spec)
        if reasons:
            raise RefusedError(*reasons)

    def _keep_rejected(self, name: str, text: TextFile) -> list[int]:
        """Quarantine the rows that the CSV reader refused; return their numbers, ascending."""
        query = "SELECT line - 1, any_value(csv_line) FROM rejected GROUP BY 1 ORDER BY 1"
        found = self._connection.execute(query).fetchall()
        self._connection.execute("DROP TABLE rejected; DROP TABLE rejected_scan")
        whole = WHOLE_ROW.format(len(text.header))
        rows = [QuarantinedRow(name, row, None, line, whole) for row, line in found]
        self._quarantine(rows, len(found))
        return [row for row, _ in found]

    def _type_rows(self, name: str, rejected: Sequence[int]) -> None:
        """Move the readable rows of the raw table to the typed one; quarantine the others."""
        described = self._connection.execute(f"DESCRIBE {RAW}").fetchall()
        sources = {row[0]: row[1] for row in described}
        query = sql.parsed(self._spec.columns, sources, RAW)
        self._connection.execute(f"CREATE TEMP TABLE {PARSED} AS {query}")
        self._connection.execute(
            f"INSERT INTO {TYPED} SELECT * EXCLUDE ({sql.UNREADABLE}) FROM {PARSED} "
            f"WHERE NOT {sql.UNREADABLE}"
        )
        count = self._number(f"SELECT count(*) FROM {PARSED} WHERE {sql.UNREADABLE}")
        if count:
            self._quarantine(self._unreadable(name, sources, rejected), count)
        self._connection.execute(f"DROP TABLE {PARSED}")

    def _unreadable(
        self, name: str, sources: Mapping[str, str], rejected: Sequence[int]
    ) -> list[QuarantinedRow]:
        columns = self._spec.columns
        query = sql.first_unreadable(columns, sources, RAW, of=PARSED, limit=MAX_KEPT)
        return [
            QuarantinedRow(name, _row(place, rejected), column, value, expected(columns[column]))
            for place, column, value in self._connection.execute(query).fetchall()
        ]

    def _quarantine(self, rows: Sequence[QuarantinedRow], count: int) -> None:
        self._loaded.quarantined = (*self._loaded.quarantined, *rows)[:MAX_KEPT]
        self._loaded.quarantined_rows += count

    def _number(self, query: str) -> int:
        return int(self._connection.execute(query).fetchall()[0][0])


def _row(index: int, rejected: Sequence[int]) -> int:
    """Return the number in the file of the accepted row at a position (rejected ascend, from 1)."""
    row = index + 1
    for other in rejected:
        if other > row:
            break
        row += 1
    return row
