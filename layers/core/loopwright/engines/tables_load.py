"""Load uploaded files into one typed table, and keep the rows that cannot be read apart."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from loopwright.domain.gate import Reason
from loopwright.domain.reading import MAX_KEPT, QuarantinedRow, expected, header_reasons
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import stored_type
from loopwright.domain.upload_reasons import damaged_parquet, not_a_table, too_many_columns
from loopwright.engines import tables_values as values
from loopwright.engines.tables_rejected import Rejected, take_rejected
from loopwright.engines.tables_source import Source, open_source
from loopwright.engines.tables_sql import quoted
from loopwright.engines.tables_stream import Limits, RefusedError

PARSED, TYPED = "parsed", "typed"
MAX_VALUE = 200


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
        self,
        connection: duckdb.DuckDBPyConnection,
        spec: ProjectSpec,
        *,
        work: Path,
        limits: Limits,
    ) -> None:
        """Load into this connection, by the columns of this spec; texts are unpacked in `work`."""
        self._connection = connection
        self._spec = spec
        self._work = work
        self._limits = limits
        self._loaded = Loaded()

    def load(self, files: Mapping[str, Path]) -> Loaded:
        """Load every file; stop with its reasons at the first one that cannot be used."""
        fields = "".join(
            f"{quoted(name)} {stored_type(column)}, " for name, column in self._spec.columns.items()
        )
        self._connection.execute(f"CREATE TABLE {PARSED} ({fields}{values.UNREADABLE} BOOLEAN)")
        self._connection.execute(
            f"CREATE VIEW {TYPED} AS SELECT * EXCLUDE ({values.UNREADABLE}) FROM {PARSED} "
            f"WHERE NOT {values.UNREADABLE}"
        )
        for name, path in files.items():
            try:
                with tempfile.TemporaryDirectory(dir=self._work) as folder:
                    self._load_file(name, path, Path(folder))
            except RefusedError as error:
                self._loaded.reasons = error.reasons
                break
        return self._loaded

    def _load_file(self, name: str, path: Path, folder: Path) -> None:
        source = open_source(
            self._connection,
            name,
            path,
            self._spec.dialect,
            work=folder,
            limits=self._limits,
            columns=self._spec.columns,
        )
        if len(source.names) > self._limits.columns:
            raise RefusedError(too_many_columns(name, len(source.names), self._limits.columns))
        reasons = header_reasons(name, source.names, self._spec)
        if reasons:
            raise RefusedError(*reasons)
        self._loaded.sniffed[name] = source.sniffed
        before = self._number(f"SELECT count(*) FROM {PARSED}")
        rows = self._insert(name, source)
        rejected = take_rejected(self._connection, name, source.text, rows)
        if not rows and not rejected.count:
            self._loaded.sniffed[name] = {**source.sniffed, "rows": "none"}
        self._quarantine(name, source, rejected, before)

    def _insert(self, name: str, source: Source) -> int:
        query = values.parsed(self._spec.columns, source.types, source.rows, source.marks)
        try:
            return self._number(f"INSERT INTO {PARSED} {query}")
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            problem = str(error).splitlines()[0]
            if source.text is None:
                raise RefusedError(damaged_parquet(name, problem)) from error
            raise RefusedError(not_a_table(name, problem)) from error

    def _quarantine(self, name: str, source: Source, rejected: Rejected, before: int) -> None:
        """Count the unreadable rows of a file, and keep the first of them."""
        unreadable = self._number(
            f"SELECT count(*) FROM {PARSED} WHERE rowid >= {before} AND {values.UNREADABLE}"
        )
        self._loaded.quarantined_rows += unreadable + rejected.count
        room = MAX_KEPT - len(self._loaded.quarantined)
        rows = [QuarantinedRow(name, row, None, line, source.whole) for row, line in rejected.kept]
        if unreadable and room > 0:
            rows += self._unreadable(name, source, rejected)
        kept = sorted(rows, key=lambda row: row.row)[:room]
        self._loaded.quarantined = (*self._loaded.quarantined, *kept)

    def _unreadable(self, name: str, source: Source, rejected: Rejected) -> list[QuarantinedRow]:
        query = values.first_unreadable(
            self._spec.columns,
            source.types,
            source.numbered,
            source.marks,
            limit=MAX_KEPT,
            cut=MAX_VALUE,
        )
        found = self._connection.execute(query).fetchall()
        numbers = rejected.rows_of([place for place, _, _ in found])
        columns = list(self._spec.columns)
        return [
            self._quarantined(name, row, columns[at - 1] if at else None, text, source)
            for row, (_, at, text) in zip(numbers, found, strict=True)
        ]

    def _quarantined(
        self, file: str, row: int, column: str | None, text: str, source: Source
    ) -> QuarantinedRow:
        wanted = source.whole if column is None else expected(self._spec.columns[column])
        return QuarantinedRow(file, row, column, text, wanted)

    def _number(self, query: str) -> int:
        return int(self._connection.execute(query).fetchall()[0][0])
